import { mkdirSync, statfsSync } from 'node:fs';
import { DeckhandError, messageOf } from '#core/errors.ts';
import { listenerOf, whyNotFree } from '#core/machine/ports.ts';

const neededBytes = 1_000_000_000;

/** Makes the home folder. @throws {DeckhandError} `disk.full` below 1 GB of free space, `home.unusable` */
export function prepareHome(home: string): void {
  let free: number;
  try {
    mkdirSync(home, { recursive: true });
    const { bavail, bsize } = statfsSync(home);
    free = bavail * bsize;
  } catch (cause) {
    throw new DeckhandError(
      'home.unusable',
      `${home} cannot be used (${messageOf(cause)}). Set DECKHAND_HOME to a folder that can be written to.`,
      { cause, blame: 'machine' },
    );
  }
  if (free >= neededBytes) return;
  throw new DeckhandError(
    'disk.full',
    `Only ${Math.floor(free / 1e6)} MB are free where ${home} lies; Deckhand needs 1000 MB. Free some space, or set DECKHAND_HOME to a folder on another disk.`,
    { blame: 'machine' },
  );
}

/** @throws {DeckhandError} `port.taken` naming who has it, `port.unusable` */
export async function checkPort(host: string, port: number): Promise<void> {
  const why = await whyNotFree(host, port);
  if (why === null) return;
  if (why !== 'EADDRINUSE') {
    throw new DeckhandError(
      'port.unusable',
      `Deckhand cannot listen on ${host}:${port} (${why}). Set DECKHAND_HOST to an address of this machine and DECKHAND_PORT to a port this user may open.`,
      { blame: 'machine' },
    );
  }
  const owner = listenerOf(port);
  const who = owner ? `process ${owner.pid} (${shortCommand(owner.command)})` : 'another process';
  throw new DeckhandError(
    'port.taken',
    `Port ${port} is taken by ${who}. ${owner ? `Stop it (kill ${owner.pid})` : 'Stop it'}, or set DECKHAND_PORT to another port.`,
    { blame: 'machine' },
  );
}

/** The program without its folders, so that the words that tell processes apart are seen. */
function shortCommand(command: string): string {
  const short = command.replace(/^\S*\//, '');
  return short.length > 100 ? `${short.slice(0, 99)}…` : short;
}
