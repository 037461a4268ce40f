import { DeckhandError } from '#core/errors.ts';
import type { FileRef } from '#core/events/types.ts';
import type { Blobs } from '#core/files/ports.ts';
import type { Claim } from '#core/turns/ports.ts';
import type { Sandbox, Sandboxes } from './sandbox/port.ts';

/** Where the files of a message lie in the sandbox. */
const inbox = '/workspace/inbox';

/** Files of a message that must lie in the workspace before the next command. `turnId` names the message. */
export interface Delivery {
  turnId: string;
  files: FileRef[];
}

/** The turn's sandbox, made when the first command needs it. */
export function openTurnSandbox(
  claim: Claim,
  userId: string,
  deps: { sandboxes: Sandboxes },
  signal: AbortSignal,
): () => Promise<Sandbox> {
  const { sessionId, epoch } = claim;
  // Only ever a head start: without it the first command waits a little longer.
  deps.sandboxes.expect({ sessionId, userId, epoch }).catch(() => {});
  let opened: Promise<Sandbox> | null = null;
  return () => {
    opened ??= deps.sandboxes.open({ sessionId, userId, epoch }, signal).catch((error) => {
      opened = null;
      throw error;
    });
    return opened;
  };
}

/** The sandbox with the files of all messages in it; `deliveries` grows when the author says more. */
export function withInbox(
  open: () => Promise<Sandbox>,
  deliveries: readonly Delivery[],
  blobs: Blobs,
): () => Promise<Sandbox> {
  let brought = 0;
  let bringing: Promise<void> = Promise.resolve();
  const bring = async (sandbox: Sandbox) => {
    for (; brought < deliveries.length; brought += 1) {
      const { turnId, files } = deliveries[brought] as Delivery;
      if (files.length > 0) await deliver(turnId, files, sandbox, blobs);
    }
  };
  return async () => {
    const sandbox = await open();
    // One after the other; who comes after a failure tries again.
    bringing = bringing.catch(() => {}).then(() => bring(sandbox));
    await bringing;
    return sandbox;
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
