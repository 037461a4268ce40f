import type { MatrixDoor } from './door.ts';
import type { SyncState } from './sync.ts';

/** How an administrator lifts Synapse's limit of messages for one account (admin API, "Override ratelimiting for users"). */
export function howToLift(userId: string): string {
  return `let an administrator of the homeserver lift it: POST /_synapse/admin/v1/users/${encodeURIComponent(userId)}/override_ratelimit with {"messages_per_second": 0, "burst_count": 0} (docs/matrix.md)`;
}

/** Matrix in the list of what this role depends on. */
export function matrixHealth(
  { state, detail }: SyncState,
  door: Pick<MatrixDoor, 'refusals' | 'keysFault'>,
  userId: string,
) {
  const fault = door.keysFault();
  const ok = (state === 'connected' || state === 'elsewhere') && fault === null;
  const refusals = door.refusals();
  const slowed = `the homeserver made it wait ${refusals} times since the start; ${howToLift(userId)}`;
  const keys = `encrypted rooms cannot be read: ${fault} (docs/matrix.md)`;
  const parts = [detail, ...(fault ? [keys] : []), ...(refusals > 0 ? [slowed] : [])];
  return { name: 'matrix', ok, detail: parts.join('; ') };
}
