import { TurnJournal } from '#core/events/journal.ts';
import type { EventBodies } from '#core/events/types.ts';
import type { Core } from '#core/infra/open-core.ts';
import type { Claim } from '#core/turns/ports.ts';
import { MemoryJournal } from '#worker/agent/testing/memory-journal.ts';
import { callTool, say, scriptedModel } from '#worker/agent/testing/scripted-model.ts';
import { Stage } from '#worker/agent/testing/stage.ts';

/** CPU of a recovery, in ms. */
export interface Recovery {
  /** From the turn's rows in the database to where it can go on. */
  cpuMs: number;
}

const runs = 3;

/**
 * A turn of so many model steps, each with a command, is cut off before its last model call; then its
 * worker's successor reads the log and goes on. Measures its CPU up to that last call; the best of three.
 */
export async function measureRecovery(core: Core, claim: Claim, steps: number): Promise<Recovery> {
  const calls = Array.from({ length: steps - 1 }, (_, step) => [
    callTool('exec_command', { cmd: `step ${step}` }, `call_${step}`),
  ]);
  const script = scriptedModel([...calls, [say('done')]]);
  const stage = () => new Stage({ model: script, maxSteps: steps + 1, text: 'work' });
  const first = stage();
  const { harness } = first.context(new MemoryJournal(first.log));
  const deps = { appender: core.appender, payloads: core.blobs, now: () => new Date() };

  const cutOff = new Error('cut off');
  let reached = 0;
  const openJournal = async () => new TurnJournal(claim, await core.sessions.turnEvents(claim.turnId), deps);
  const last = `model:${steps - 1}`;
  const run = async (journal: TurnJournal) => {
    const context = first.context(journal);
    const cut = new Proxy(journal, {
      get: (target, name) => {
        if (name === 'effect')
          return (...args: Parameters<TurnJournal['effect']>) => {
            if (args[0].key !== last) return target.effect(...args);
            reached = cpuNow();
            throw cutOff;
          };
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await stage()
      .agent.run({ ...context, journal: cut, harness })
      .catch((error) => {
        if (error !== cutOff) throw error;
      });
  };

  const journal = await openJournal();
  await journal.append('turn.started', {
    harness,
    worker: claim.workerId,
  } satisfies EventBodies['turn.started']);
  await run(journal);
  await journal.flushed();

  const spent: number[] = [];
  for (let n = 0; n < runs; n += 1) {
    const began = cpuNow();
    await run(await openJournal());
    spent.push(reached - began);
  }
  return { cpuMs: Math.min(...spent) };
}

/** CPU of this process so far, in ms. */
function cpuNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
