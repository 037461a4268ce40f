import { DeckhandError } from '#core/errors.ts';
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
  const { sessionId, epoch } = claim;
  // Only ever a head start: without it the first command waits a little longer.
  deps.sandboxes.expect({ sessionId, userId, epoch }).catch(() => {});
  let opened: Promise<Sandbox> | null = null;
  const open = async () => {
    const sandbox = await deps.sandboxes.open({ sessionId, userId, epoch }, signal);
    if (files.length > 0) await deliver(claim.turnId, files, sandbox, deps.blobs);
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

/**
 * Puts a message's files into the workspace once: after a crash or a wait they may have been edited or deleted there.
 * The note of it lies beside them, so that it goes where the workspace goes. No command runs before it is written.
 */
async function deliver(turnId: string, files: FileRef[], sandbox: Sandbox, blobs: Blobs): Promise<void> {
  const note = `/workspace/.deckhand/inbox/${turnId}`;
  if (await isThere(sandbox, note)) return;
  for (const file of files) await sandbox.writeFile(`${inbox}/${file.name}`, await blobs.get(file.blob));
  await sandbox.writeFile(note, Buffer.alloc(0));
}

async function isThere(sandbox: Sandbox, path: string): Promise<boolean> {
  try {
    await sandbox.readFile(path, 0);
    return true;
  } catch (error) {
    if (error instanceof DeckhandError && error.code === 'file.missing') return false;
    throw error;
  }
}
