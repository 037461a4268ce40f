import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { foldDocuments } from '#core/chat/fold.ts';
import { exportLines, readExport } from '#core/events/export.ts';
import { openVerifier } from '#core/events/signing.ts';
import { verifyLog } from '#core/events/verify.ts';
import { keyFiles } from '#core/machine/keys.ts';
import { openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { isFinal } from '#core/turns/state.ts';
import { pastOf } from './agent/context/told.ts';
import { replaySession } from './replay/replay.ts';
import { FakeHost } from './sandbox/fake.ts';
import { startTestWorker, testVersion } from './testing/worker.ts';

async function turn(core: TestCore, text: string, by = 'ana'): Promise<string> {
  const { turnId, sessionId } = await sayAccepted(core, 'long', { text, by });
  await core.bell.ring(sessionId);
  await until(async () => {
    const [document] = foldDocuments(await core.sessions.turnEvents(turnId));
    return document && isFinal(document.state) ? document : null;
  }, `the end of ${turnId}`);
  return turnId;
}

test('a session that outgrows its context is summarised once, goes on from there, verifies and replays', async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  await startTestWorker(releases, core, new FakeHost());
  const owner = await core.identities.localOwner();
  const infra = { layer: 'user', ownerId: '', name: 'assistant' } as const;
  const text = 'format: 1\ninstructions: Answer in rhymes.';
  const turns: string[] = [];
  for (let n = 0; n < 20; n += 1)
    turns.push(await turn(core, `${n}: ${'long words '.repeat(900)}`, n % 3 === 0 ? 'ben' : 'ana'));
  // A template saved in the middle counts for turns that start later, and for nobody's before.
  const { authorId = '' } = (await core.turns.byId(turns[1] ?? '')) ?? {};
  const reader = { workspaceId: owner.workspaceId, userId: authorId };
  await core.templates.save({ ...infra, ownerId: authorId }, text, reader);
  const last = await turn(core, '$ echo done');

  const { sessionId } = (await core.turns.byId(last)) ?? { sessionId: '' };
  const facts = await core.sessions.byId(sessionId);
  assert.ok(facts);
  const events = await core.sessions.events(sessionId, 0, 10_000);
  const summaries = events.filter(({ type, key }) => type === 'effect.receipt' && key === 'summary:0');
  assert.equal(summaries.length, 1, 'once is enough for a while');

  const fromQuery = pastOf(await core.sessions.said(sessionId, last));
  const earlier = new Set(turns);
  assert.deepEqual(fromQuery, pastOf(events.filter(({ turnId }) => earlier.has(turnId ?? ''))));
  assert.ok(fromQuery.summary && fromQuery.turns.length < 20);

  const harnesses = events.flatMap((event) => (event.type === 'turn.started' ? [event.body.harness] : []));
  assert.deepEqual(
    harnesses.at(-1)?.layers?.map(({ layer, version }) => `${layer} ${version}`),
    ['system 0', 'user 1'],
  );
  assert.match(harnesses.at(-1)?.instructions ?? '', /Answer in rhymes/);
  assert.ok(harnesses.slice(0, -1).every(({ layers }) => layers?.length === 1));

  const lines: string[] = [];
  const head = { seq: facts.headSeq, hash: facts.headHash };
  const rows = (after: number) => core.sessions.rows(sessionId, after, 1000);
  for await (const line of exportLines(sessionId, head, rows, core.blobs.get)) lines.push(line);
  const log = readExport(lines.join('\n'));
  const verifier = openVerifier(keyFiles(core.home).map((file) => readFileSync(file, 'utf8')));
  assert.ok((await verifyLog(sessionId, log.rows, verifier, head, log.payloads)).ok);
  assert.deepEqual(await replaySession(log, testVersion), {
    identical: 21,
    otherHarness: 0,
    erased: 0,
    divergence: null,
  });
});

test("a turn whose template is gone ends in words that say which there are, and the thread's next turn works", async (t) => {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  await startTestWorker(releases, core, new FakeHost());
  const first = await turn(core, 'hello');
  const { sessionId } = (await core.turns.byId(first)) ?? { sessionId: '' };
  await core.sessions.setTemplate(sessionId, 'gone');
  const failed = await turn(core, 'hello');
  const [document] = foldDocuments(await core.sessions.turnEvents(failed));
  assert.equal(document?.error?.code, 'template.unknown');
  assert.match(document?.error?.message ?? '', /There are: assistant, infra, research/);
  await core.sessions.setTemplate(sessionId, 'research');
  const [after] = foldDocuments(await core.sessions.turnEvents(await turn(core, 'hello')));
  assert.equal(after?.state, 'succeeded');
});
