import type { EventBodies } from '#core/events/types.ts';
import type { Snapshots } from '#core/sessions/snapshots-port.ts';
import type { Made, Sandbox } from './sandbox/port.ts';

/** Told of a workspace that this host had to make anew; gives the sandbox that the turn works with. */
export type TellLost = (sandbox: Sandbox, made: Made) => Promise<Sandbox>;

/**
 * Says in the thread and to the agent what was lost with another host. Nothing where all had been saved: a session that
 * moves on from a host that lives is nobody's concern.
 */
export function openLostFiles(
  sessionId: string,
  snapshots: Pick<Snapshots, 'stepsSince'>,
  append: (type: 'workspace.lost', body: EventBodies['workspace.lost']) => Promise<unknown>,
): TellLost {
  return async (sandbox, made) => {
    const steps = await snapshots.stepsSince(sessionId);
    if (steps === 0) return sandbox;
    const saved = made === 'saved';
    await append('workspace.lost', { steps, saved });
    return withNote(sandbox, noteOf(steps, saved));
  };
}

function noteOf(steps: number, saved: boolean): string {
  return saved
    ? `The host that had /workspace is gone. It is as it was last saved; what the last ${steps} steps before this one changed in it may be lost. Look before you build on it.`
    : `The host that had /workspace is gone, and nothing of it had been saved: it is empty now. What ${steps} earlier steps left in it is lost.`;
}

/** The first command's result says it. */
function withNote(sandbox: Sandbox, note: string): Sandbox {
  let told = false;
  return {
    id: sandbox.id,
    find: sandbox.find.bind(sandbox),
    readFile: sandbox.readFile.bind(sandbox),
    writeFile: sandbox.writeFile.bind(sandbox),
    serve: sandbox.serve.bind(sandbox),
    run: async (command, watch) => {
      const result = await sandbox.run(command, watch);
      if (told) return result;
      told = true;
      return { ...result, note: result.note === null ? note : `${note} ${result.note}` };
    },
  };
}
