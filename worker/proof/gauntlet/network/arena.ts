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
      network: async ({ image, databaseUrl }) => {
        opened.world = await openWorld(releases, image, databaseUrl);
        return opened.world.enter;
      },
    });
    return arenaOf(stage, opened.world as World, () => owned.disposeAsync());
  } catch (error) {
    await owned.disposeAsync();
    throw error;
  }
}

function arenaOf(stage: DoorStage, world: World, close: () => Promise<void>): NetworkArena {
  const egress = stage.egress();
  const begin: NetworkArena['begin'] = (python, { thread = 'attack', by = 'ana' } = {}) =>
    stage.ask(thread, `$ exec python3 - <<'PYTHON'\n${prelude}\n${python}\nPYTHON`, by);
  return {
    stage,
    prelude,
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
