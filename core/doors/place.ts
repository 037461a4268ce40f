import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { keptFile } from '#core/machine/kept-file.ts';

/** Where the doors' sockets lie under DECKHAND_HOME; a folder for each session. */
export function doorFolder(home: string, sessionId: string): string {
  return join(home, 'doors', sessionId);
}

/** What everything that leaves through a session's door connects to. */
export function doorSocket(home: string, sessionId: string): string {
  return join(doorFolder(home, sessionId), doorSocketName);
}

/** The socket's name, also under the folder's mount in the sandbox. */
export const doorSocketName = 'egress.sock';

/** A worker's CONNECT says with this header for which claim it speaks: the door serves that one and no other. */
export const claimHeader = 'deckhand-claim';

/** Names this folder of doors among those of other hosts: made once, kept beside the doors. */
export function doorPlace(home: string): string {
  return keptFile(join(home, 'doors', 'place'), () => randomUUID());
}
