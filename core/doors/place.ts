import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { keptFile } from '#core/machine/kept-file.ts';

/** Where the doors' sockets lie under DECKHAND_HOME; a folder for each session. */
export function doorFolder(home: string, sessionId: string): string {
  return join(home, 'doors', sessionId);
}

/** Where the forwarder in the sandbox knocks, under the folder that is mounted into it. */
export const doorSocketName = 'egress.sock';

/** The socket that the forwarder of a session's sandbox reaches, as the host sees it. */
export function doorSocket(home: string, sessionId: string): string {
  return join(doorFolder(home, sessionId), doorSocketName);
}

/** Where workers of this host knock; beside the mounted folders, so that no sandbox sees it. */
export function workerSocket(home: string, sessionId: string): string {
  return join(home, 'doors', `${sessionId}.worker`);
}

/** A worker's CONNECT says with this header for which claim it speaks: the door serves that one and no other. */
export const claimHeader = 'deckhand-claim';

/** Names this folder of doors among those of other hosts: made once, kept beside the doors. */
export function doorPlace(home: string): string {
  return keptFile(join(home, 'doors', 'place'), () => randomUUID());
}
