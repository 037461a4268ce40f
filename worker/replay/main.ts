import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readConfig } from '#core/config.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import { readExport } from '#core/events/export.ts';
import { notRunning, readCliKey } from '#core/machine/cli-key.ts';
import { readInstance } from '#core/machine/instance.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { erasedTurns, replaySession } from './replay.ts';

/**
 * `deckhand replay SESSION|FILE`: prints `identical`, or where the log and the harness part ways (exit 1). With nothing
 * to compare it says so (exit 2).
 */
async function main(): Promise<void> {
  const [, target] = parseArgs({ allowPositionals: true }).positionals;
  if (!target)
    throw new DeckhandError('replay.nothing', 'Say what to replay: a session, or an exported file.');
  const content = existsSync(target) ? readFileSync(target, 'utf8') : await fetchExport(target);
  const { identical, otherHarness, erased, divergence } = await replaySession(
    readExport(content),
    packageJson.version,
  );
  if (divergence) {
    const { turnId, key, recorded, found } = divergence;
    process.stdout.write(`diverges in ${turnId} at ${key}\n  recorded: ${recorded}\n  found:    ${found}\n`);
    process.exitCode = 1;
    return;
  }
  if (identical === 0) {
    const why =
      erased > 0
        ? erasedTurns(erased)
        : otherHarness === 0
          ? 'no turn has begun yet'
          : 'all turns ran under another version or setting';
    process.stdout.write(`nothing to compare: ${why}\n`);
    process.exitCode = 2;
    return;
  }
  const others = otherHarness === 0 ? '' : `, ${otherHarness} of another version or setting not gone through`;
  const gone = erased === 0 ? '' : `; ${erasedTurns(erased)}`;
  process.stdout.write(`identical (${identical} turns${others}${gone})\n`);
}

async function fetchExport(session: string): Promise<string> {
  const { home } = readConfig();
  const instance = readInstance(home);
  const key = readCliKey(home);
  if (!instance || !key) throw notRunning(home);
  const response = await fetch(`${instance.url}/v1/sessions/${encodeURIComponent(session)}/export`, {
    headers: { authorization: `Bearer ${key}` },
  });
  if (response.ok) return response.text();
  const problem = (await response.json().catch(() => null)) as { detail?: string } | null;
  throw new DeckhandError('replay.no_log', problem?.detail ?? `Deckhand answered ${response.status}.`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`deckhand: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
