import { randomUUID } from 'node:crypto';
import { tellElsewhere } from '#bots/elsewhere.ts';
import { openInbound } from '#bots/inbound.ts';
import { type MatrixSettings, openMatrixDoor } from '#bots/matrix/door.ts';
import type { Sync } from '#bots/matrix/sync.ts';
import { startNotices } from '#bots/notices.ts';
import { startOutbound } from '#bots/outbound.ts';
import { startReminding } from '#bots/remind.ts';
import { fireNext, testCommandWays } from '#bots/testing/command-ways.ts';
import type { Core } from '#core/infra/open-core.ts';
import type { Log } from '#core/log.ts';

export interface Role {
  sync: Sync;
  refusals(): number;
  keysFault(): string | null;
  /** The next moment of the one schedule there is comes now. */
  fire(): Promise<void>;
  remind(): Promise<void>;
  stop(): Promise<void>;
}

/** An event holds a mention's text twice in its 65,536 bytes: so much can be sent, and be too long. */
export const maxMessageBytes = 30 * 1024;

/** The bots role, as far as Matrix is concerned. */
export async function startRole(core: Core, settings: MatrixSettings, log: Log): Promise<Role> {
  const door = await openMatrixDoor(settings, { ...core, log });
  const adapters = { matrix: door.adapter };
  const notices = startNotices({ adapters, notices: core.notices, log });
  const elsewhere = { adapters, identities: core.identities, say: notices.say };
  const onRefused = tellElsewhere(elsewhere);
  const reminding = startReminding({ ...elsewhere, ...core, log });
  const outbound = await startOutbound({ adapters, posts: core.posts, live: core.live, log, onRefused });
  const inbound = openInbound({ ...core, log, limits: { maxQueued: 200, maxMessageBytes } });
  const commanding = { adapters, handle: inbound, say: notices.say };
  const commands = testCommandWays(core, commanding);
  const sync = door.open({ inbound, say: notices.say, commands, by: randomUUID() });
  return {
    sync,
    refusals: door.refusals,
    keysFault: door.keysFault,
    fire: () => fireNext(core, commanding),
    remind: reminding.now,
    stop: async () => {
      reminding.stop();
      await sync.stop();
      await outbound.stop();
      await notices.stop();
    },
  };
}
