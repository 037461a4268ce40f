import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastFirst } from '#core/testing/last-first.ts';
import { worldRoot } from '#worker/egress/testing/origin.ts';
import { containerName } from '#worker/sandbox/docker/container.ts';
import { type DoorStage, openDoorStage } from '#worker/testing/door-stage.ts';
import type { Arena } from '../attack.ts';
import { policy, secrets } from './rules.ts';
import type { Seen } from './world/seen.ts';
import { openWorld, type World } from './world/world.ts';

/** Turns with real sandboxes, egress as in production, and a world in which every address is the observer's. */
export interface NetworkArena extends Arena {
  stage: DoorStage;
  /** All that arrived in the world since the last attack. */
  seen: World['seen'];
  /** Runs Python in a turn to the turn's end; `thread` and `by` as the stage takes them. */
  attempt(python: string, place?: { thread?: string; by?: string }): Promise<Attempt>;
  /** The functions that such Python begins with. */
  prelude: string;
  /**
   * One honest request of somebody else's, in a turn of its own: milliseconds until its turn was over. Machines are as
   * slow as they are; whatever waits for others waits by this. @throws when it did not arrive
   */
  pace(): Promise<number>;
  /** The engine's name of a session's sandbox. */
  containerOf(sessionId: string): string;
  /** The same, but for waiting. */
  begin(
    python: string,
    place?: { thread?: string; by?: string },
  ): Promise<{ turnId: string; sessionId: string }>;
}

export interface Attempt {
  /** Every byte that the sandbox was given, as Latin-1. */
  got: string;
  /** What its command printed besides, and how it ended. */
  said: string;
}

const prelude = readFileSync(join(import.meta.dirname, 'inside.py'), 'utf8');
/** Long enough for an answer of people, short for those who wait for none. */
const holdMs = 2_500;
/** An upper bound that costs nothing where things go on: whoever meets it hangs, however slow the machine. */
const patienceMs = 300_000;
/** How long whoever is inside waits for an answer to begin: at least this, and this often what an honest turn takes. */
const idle = { leastMs: 5_000, often: 3 };

export async function openNetworkArena(): Promise<NetworkArena> {
  const owned = new AsyncDisposableStack();
  const releases = lastFirst({ after: (release) => void owned.defer(release) });
  const opened: { world?: World } = {};
  try {
    const stage = await openDoorStage(releases, {
      policy,
      roots: [worldRoot],
      secrets,
      holdMs,
      patienceMs,
      network: async ({ image, databaseUrl }) => {
        opened.world = await openWorld(releases, image, databaseUrl);
        return opened.world.enter;
      },
    });
    const arena = arenaOf(stage, opened.world as World, () => owned.disposeAsync());
    await arena.pace();
    await arena.settle();
    return arena;
  } catch (error) {
    await owned.disposeAsync();
    throw error;
  }
}

function arenaOf(stage: DoorStage, world: World, close: () => Promise<void>): NetworkArena {
  const egress = stage.egress();
  let idleMs = idle.leastMs;
  const begin: NetworkArena['begin'] = (python, { thread = 'attack', by = 'ana' } = {}) =>
    stage.ask(
      thread,
      `$ exec python3 - <<'PYTHON'\n${prelude}\nIDLE = ${idleMs / 1_000}\n${python}\nPYTHON`,
      by,
    );
  return {
    stage,
    prelude,
    pace: async () => {
      const mark = newMark();
      const begun = performance.now();
      const honest = `IDLE = ${patienceMs / 1_000}\nget('http://${mark}.open.test/')`;
      await stage.ended((await begin(honest, { thread: 'bystander', by: 'ben' })).turnId);
      const ms = performance.now() - begun;
      const arrived = (await world.seen()).some((one) => one.kind === 'query' && one.name.startsWith(mark));
      if (!arrived) throw new Error(`an honest request did not arrive: ${stage.said().egress.slice(-1_000)}`);
      idleMs = Math.max(idle.leastMs, idle.often * ms);
      return ms;
    },
    containerOf: (sessionId) => containerName(stage.instance, sessionId),
    seen: () => world.seen(),
    begin,
    attempt: async (python, place) => {
      const { turnId } = await begin(python, place);
      const { steps, state, error } = await stage.ended(turnId);
      const lines = (steps[0]?.output ?? '').split('\n');
      if (state !== 'succeeded') throw new Error(`the turn ended as ${state}: ${error?.message ?? ''}`);
      return {
        got: lines
          .flatMap((line) =>
            line.startsWith('GOT ') ? Buffer.from(line.slice(4), 'hex').toString('latin1') : [],
          )
          .join(''),
        said: lines.filter((line) => !line.startsWith('GOT ')).join('\n'),
      };
    },
    settle: async () => {
      await world.seen();
      world.forget();
    },
    broken: async () => {
      const ended = egress.exitCode ?? egress.signalCode;
      return ended === null ? null : `egress has ended (${ended}): ${stage.said().egress.slice(-2_000)}`;
    },
    close,
  };
}

/** A word that nobody uses twice, fit for a name, a path and a header. */
export const newMark = () => `m${randomBytes(6).toString('hex')}`;

/** Everything that was seen, as one text. */
export const textOf = (seen: readonly Seen[]) => seen.map((one) => JSON.stringify(one)).join('\n');
