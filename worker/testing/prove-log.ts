import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { exportLines, readExport } from '#core/events/export.ts';
import { openVerifier } from '#core/events/signing.ts';
import { verifyLog } from '#core/events/verify.ts';
import { keyFiles } from '#core/machine/keys.ts';
import type { TestCore } from '#core/testing/core.ts';
import { replaySession } from '#worker/replay/replay.ts';
/** A session's log is sound, and going through it again gives the same. */
export async function proveLog(core: TestCore, sessionId: string, version: string): Promise<void> {
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
  assert.ok(identical > 0, 'something was compared');
}
