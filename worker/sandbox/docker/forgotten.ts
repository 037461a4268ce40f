import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineCalls } from './engine-calls.ts';
import type { SandboxOptions } from './options.ts';

const DAY_S = 86_400;

interface Remains {
  path: string;
  session: string;
}

/**
 * Deletes the disks and folders of sessions that nobody knows any more. Only after a day without use: a worker that is
 * started with another database knows no session at all, and must not cost people their work.
 */
export async function forgetWorkspaces(
  engine: EngineCalls,
  options: SandboxOptions,
  liveSessions: (ids: string[]) => Promise<Set<string>>,
): Promise<void> {
  const oldMs = Date.now() - (options.forgottenSeconds ?? DAY_S) * 1000;
  const old: Remains[] = [];
  for (const remains of [
    ...(await remainsIn(join(options.home, 'workspaces'), /^(ses_\w+)\.(?:ext4|plain|generation)$/)),
    ...(await remainsIn(join(options.home, 'sandboxes'), /^(ses_\w+)$/)),
    // Not before: a folder made anew is another one to whoever has it mounted.
    ...(await remainsIn(join(options.home, 'doors'), /^(ses_\w+)$/)),
  ]) {
    const found = await stat(remains.path).catch(() => null);
    if (found && found.mtimeMs <= oldMs) old.push(remains);
  }
  if (old.length === 0) return;
  const live = await liveSessions([...new Set(old.map(({ session }) => session))]);
  const running = new Set(await engine.sessions(options.instance));
  const dead = (session: string) => !live.has(session) && !running.has(session);
  const gone = old.filter(({ session }) => dead(session));
  for (const { name, session } of gone.length > 0 ? await engine.volumes(options.instance) : [])
    if (gone.some((one) => one.session === session)) await engine.removeVolume(name);
  for (const { path } of gone) await rm(path, { recursive: true, force: true });
}

async function remainsIn(folder: string, pattern: RegExp): Promise<Remains[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => {
    const session = pattern.exec(name)?.[1];
    return session ? [{ path: join(folder, name), session }] : [];
  });
}
