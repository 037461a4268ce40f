import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { exportLines, readExport } from '#core/events/export.ts';
import { openVerifier } from '#core/events/signing.ts';
import { verifyLog } from '#core/events/verify.ts';
import { keyFiles } from '#core/machine/keys.ts';
import type { TestCore } from '#core/testing/core.ts';
import { replaySession } from '#worker/replay/replay.ts';

/** Every session's log is sound, and going through it again gives the same, as far as it was written under `version`. */
export async function proveLogs(core: TestCore, version: string): Promise<void> {
  const { rows } = await core.database.pool.query<{ id: string }>(`SELECT id FROM session ORDER BY id`);
  for (const { id } of rows) await gone(core, id, version);
}

/** A session's log is sound, and going through it again gives the same. */
export async function proveLog(core: TestCore, sessionId: string, version: string): Promise<void> {
  assert.ok((await gone(core, sessionId, version)) > 0, 'something was compared');
}

/** Gives how many of its turns were gone through. */
async function gone(core: TestCore, sessionId: string, version: string): Promise<number> {
  const session = await core.sessions.byId(sessionId);
  const head = { seq: session?.headSeq ?? 0, hash: session?.headHash ?? '' };
  const lines: string[] = [];
  const rows = (after: number) => core.sessions.rows(sessionId, after, 1000);
  for await (const line of exportLines(sessionId, head, rows, core.blobs.get)) lines.push(line);
  const log = readExport(lines.join('\n'));
  const verifier = openVerifier(keyFiles(core.home).map((file) => readFileSync(file, 'utf8')));
  const verdict = await verifyLog(sessionId, log.rows, verifier, head, log.payloads);
  assert.ok(verdict.ok, verdict.ok ? '' : verdict.fault.message);
  const { divergence, identical } = await replaySession(log, version);
  assert.equal(divergence, null);
  return identical;
}
