import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fenced } from '#core/events/appender.ts';

const NAME = /^epoch\.(\d{1,15})$/;

async function epochsIn(folder: string): Promise<number[]> {
  return (await readdir(folder)).map((name) => Number(NAME.exec(name)?.[1] ?? 0));
}

/**
 * Notes in a sandbox's run folder which claim its session has; the helper inside reads it there and refuses what older
 * ones ask (I8). A file for each, so that a worker that was paused for long can add its own but take nothing back.
 * @throws {DeckhandError} `turn.fenced` when a newer claim is known
 */
export async function raiseEpoch(folder: string, epoch: number): Promise<void> {
  await writeFile(join(folder, `epoch.${epoch}`), '', { mode: 0o644 });
  const known = await epochsIn(folder);
  if (Math.max(...known) > epoch) throw fenced();
  const older = known.filter((one) => one > 0 && one < epoch);
  await Promise.all(older.map((one) => rm(join(folder, `epoch.${one}`), { force: true })));
}
