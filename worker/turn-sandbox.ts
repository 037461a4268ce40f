import type { FileRef } from '#core/events/types.ts';
import type { Blobs } from '#core/files/ports.ts';
import type { Claim } from '#core/turns/ports.ts';
import type { Sandbox, Sandboxes } from './sandbox/port.ts';

/** Where the files of a message lie in the sandbox. */
const inbox = '/workspace/inbox';

/** The turn's sandbox, made when the first command needs it, with the message's files in it. */
export function openTurnSandbox(
  claim: Claim,
  userId: string,
  files: FileRef[],
  deps: { sandboxes: Sandboxes; blobs: Blobs },
  signal: AbortSignal,
): () => Promise<Sandbox> {
  let opened: Promise<Sandbox> | null = null;
  const open = async () => {
    const sandbox = await deps.sandboxes.open({ sessionId: claim.sessionId, userId }, signal);
    for (const file of files) {
      await sandbox.writeFile(`${inbox}/${file.name}`, await deps.blobs.get(file.blob));
    }
    return sandbox;
  };
  return () => {
    opened ??= open().catch((error) => {
      opened = null;
      throw error;
    });
    return opened;
  };
}
