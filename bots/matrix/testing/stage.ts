import { startScriptedWorker } from '#bots/http/testing/scripted-worker.ts';
import type { MatrixSettings } from '#bots/matrix/door.ts';
import type { MatrixEvent } from '#bots/matrix/types.ts';
import { openLog } from '#core/log.ts';
import { openTestCore, type TestCore } from '#core/testing/core.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import type { Account, Person } from './person.ts';
import { type Role, startRole } from './role.ts';
import type { Synapse } from './synapse.ts';

export interface MatrixStage {
  core: TestCore;
  bot: Account;
  /** The bots role, as far as Matrix is concerned; stopped and started as a test likes. */
  start(changes?: Partial<MatrixSettings>): Promise<Role>;
  /** A room of this person's that the bot has come into. */
  roomWith(person: Person, settings?: Record<string, unknown>): Promise<string>;
  /** What the bot has said in a room once `enough` is true of it. */
  replies(person: Person, roomId: string, enough: (said: MatrixEvent[]) => boolean): Promise<MatrixEvent[]>;
}

/** Matrix as a door on a real core, with a scripted worker; gone when the test ends. */
export async function openMatrixStage(
  t: Releases,
  synapse: Synapse,
  { worker = true, log: level = 'silent' }: { worker?: boolean; log?: 'silent' | 'warn' } = {},
): Promise<MatrixStage> {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const bot = await synapse.account('deckhand');
  const log = openLog('test', level);
  const roles = new Set<Role>();
  releases.after(async () => {
    await Promise.all([...roles].map((role) => role.stop()));
  });
  if (worker) {
    const scripted = startScriptedWorker(core);
    releases.after(() => scripted.stop());
  }

  async function start(changes: Partial<MatrixSettings> = {}): Promise<Role> {
    const settings: MatrixSettings = {
      ...{ url: synapse.url, userId: bot.userId, proof: { accessToken: bot.token } },
      ...{ allow: [], maxFileBytes: 1024 * 1024, encryptionKey: null },
      ...changes,
    };
    const running = await startRole(core, settings, log);
    const role: Role = {
      ...running,
      stop: async () => {
        if (roles.delete(role)) await running.stop();
      },
    };
    roles.add(role);
    return role;
  }

  const replies: MatrixStage['replies'] = (person, roomId, enough) =>
    until(async () => {
      const said = await person.saidBy(roomId, bot.userId);
      return enough(said) ? said : null;
    }, 'the bot to say it');

  return {
    core,
    bot,
    start,
    replies,
    roomWith: async (person, settings = {}) => {
      const roomId = await person.createRoom({ invite: [bot.userId], ...settings });
      await replies(person, roomId, (said) => said.length > 0);
      return roomId;
    },
  };
}

/** The thread that a message stands in. */
export function threadOf(event: MatrixEvent | undefined): string | null {
  const relation = event?.content['m.relates_to'] as { rel_type?: string; event_id?: string } | undefined;
  return relation?.rel_type === 'm.thread' ? (relation.event_id ?? null) : null;
}

export function bodyOf(event: MatrixEvent | undefined): string {
  return String(event?.content.body ?? '');
}
