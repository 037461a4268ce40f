import { DeckhandError } from '#core/errors.ts';
import type { FileRef } from '#core/events/types.ts';
import type { Blobs } from '#core/files/ports.ts';
import type { Claim } from '#core/turns/ports.ts';
import type { TellLost } from './lost-files.ts';
import { exportsOf } from './sandbox/exports.ts';
import type { Made, Sandbox, Sandboxes, SandboxSpec } from './sandbox/port.ts';

/** Which turn an empty workspace was made for. It goes where the workspace goes, so that each turn empties it once. */
const freshNote = '/workspace/.deckhand/fresh';
/** Where the files of a message lie in the sandbox. */
const inbox = '/workspace/inbox';
const maxNoteBytes = 200;

/** Files of a message that must lie in the workspace before the next command. `turnId` names the message. */
export interface Delivery {
  turnId: string;
  files: FileRef[];
}

/** What the template says of its sandbox. */
export interface SandboxWishes {
  image?: string | null;
  workspace?: 'fresh' | 'persistent';
}

/** The turn's sandbox, made when the first command needs it, as its template wants it. */
export function openTurnSandbox(
  claim: Claim,
  userId: string,
  { image, workspace }: SandboxWishes,
  { sandboxes, tellLost }: { sandboxes: Sandboxes; tellLost?: TellLost },
  signal: AbortSignal,
): () => Promise<Sandbox> {
  const { sessionId, epoch, turnId } = claim;
  const spec: SandboxSpec = { sessionId, userId, epoch, ...(image ? { image } : {}) };
  // Only ever a head start: without it the first command waits a little longer.
  sandboxes.expect(spec).catch(() => {});
  let opened: Promise<Sandbox> | null = null;
  const open = async (): Promise<Sandbox> => {
    const made: Made[] = [];
    const sandbox = await sandboxes.open({ ...spec, onMade: (from) => void made.push(from) }, signal);
    if (workspace !== 'fresh') return made[0] && tellLost ? tellLost(sandbox, made[0]) : sandbox;
    if ((await textOf(sandbox, freshNote)) === turnId) return sandbox;
    await sandboxes.renew(spec);
    const renewed = await sandboxes.open(spec, signal);
    await renewed.writeFile(freshNote, Buffer.from(turnId));
    return renewed;
  };
  return () => {
    opened ??= open().catch((error) => {
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
  if ((await textOf(sandbox, note)) !== null) return;
  for (const file of files) await sandbox.writeFile(`${inbox}/${file.name}`, await blobs.get(file.blob));
  await sandbox.writeFile(note, Buffer.alloc(0));
}

/** The text of a small file; null when there is none. */
async function textOf(sandbox: Sandbox, path: string): Promise<string | null> {
  try {
    return Buffer.from(await sandbox.readFile(path, maxNoteBytes)).toString();
  } catch (error) {
    if (error instanceof DeckhandError && /^file\.(missing|too_large|not_a_file|denied)$/.test(error.code))
      return null;
    throw error;
  }
}

/** The sandbox with an environment for every command, read when it is first needed. */
export function withEnvironment(
  open: () => Promise<Sandbox>,
  read: () => Promise<Readonly<Record<string, string>>>,
): () => Promise<Sandbox> {
  return async () => {
    const [sandbox, more] = await Promise.all([open(), read()]);
    return {
      id: sandbox.id,
      find: sandbox.find.bind(sandbox),
      readFile: sandbox.readFile.bind(sandbox),
      writeFile: sandbox.writeFile.bind(sandbox),
      serve: (script) => sandbox.serve(exportsOf(more) + script),
      run: (command, watch) => sandbox.run({ ...command, env: { ...more, ...command.env } }, watch),
    };
  };
}
