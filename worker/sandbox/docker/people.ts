import { appendFile, mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HELPER_UID, STATE, WORKSPACE_GID } from './options.ts';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
deckhand:x:${HELPER_UID}:${WORKSPACE_GID}:Deckhand:/:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
const GROUP = `root:x:0:\nworkspace:x:${WORKSPACE_GID}:\nnogroup:x:65534:\n`;

/** The folder a sandbox sees as `/run/deckhand`; what is written later shows in the running sandbox. */
export async function openRunFolder(home: string, sessionId: string): Promise<string> {
  // The parent is closed to other users of the host, what is in it must be readable inside.
  await mkdir(join(home, 'sandboxes'), { recursive: true, mode: 0o700 });
  const folder = join(home, 'sandboxes', sessionId);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeNames(folder);
  return folder;
}

/** The names of users and groups that a sandbox begins with. */
export async function writeNames(folder: string): Promise<void> {
  for (const [name, content] of [
    ['passwd', PASSWD],
    ['group', GROUP],
  ] as const) {
    await writeFile(join(folder, name), content, { flag: 'wx', mode: 0o644 }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
}

/** Uids of the people who have worked in a sandbox, from the names it was given. */
export async function uidsIn(folder: string): Promise<number[]> {
  const passwd = await readFile(join(folder, 'passwd'), 'utf8').catch(() => '');
  return passwd
    .split('\n')
    .map((line) => /^u(\d+):/.exec(line)?.[1])
    .filter((uid) => uid !== undefined)
    .map(Number);
}

/** Gives a person's uid a name in the sandbox. */
export async function addPerson(folder: string, uid: number): Promise<void> {
  if ((await uidsIn(folder)).includes(uid)) return;
  await appendFile(
    join(folder, 'passwd'),
    `u${uid}:x:${uid}:${WORKSPACE_GID}::${STATE}/u${uid}/home:/bin/bash\n`,
  );
}

/** Notes a use of the sandbox where every worker on the host sees it: the folder's time of change. */
export async function touchRunFolder(home: string, sessionId: string): Promise<void> {
  const now = new Date();
  await utimes(join(home, 'sandboxes', sessionId), now, now).catch(() => {});
}

/** Milliseconds since any worker used the sandbox. */
export async function idleMs(home: string, sessionId: string): Promise<number> {
  const folder = await stat(join(home, 'sandboxes', sessionId)).catch(() => null);
  return folder ? Date.now() - folder.mtimeMs : Number.POSITIVE_INFINITY;
}
