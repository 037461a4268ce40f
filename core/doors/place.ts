import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { keptFile } from '#core/machine/kept-file.ts';

/** Where the doors' sockets lie under DECKHAND_HOME; a folder for each session. */
export function doorFolder(home: string, sessionId: string): string {
  return join(home, 'doors', sessionId);
}

/** Names this folder of doors among those of other hosts: made once, kept beside the doors. */
export function doorPlace(home: string): string {
  return keptFile(join(home, 'doors', 'place'), () => randomUUID());
}
