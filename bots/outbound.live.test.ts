import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatAdapter, RenderedPost } from '#core/chat/adapter.ts';
import { platformErrors } from '#core/chat/platform-errors.ts';
import { queueNote } from '#core/chat/queue-note.ts';
import { TurnJournal } from '#core/events/journal.ts';
import { openLog } from '#core/log.ts';
import { finishWell, newWorker, openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import { until } from '#core/testing/until.ts';
import { harness } from './http/testing/scripted-worker.ts';
import { startOutbound } from './outbound.ts';

/** A platform that keeps its posts in memory, by their keys. */
function memoryPlatform(
  render: ChatAdapter['render'],
  changes: Partial<ChatAdapter> = {},
): { adapter: ChatAdapter; posts: Map<string, RenderedPost> } {
  const posts = new Map<string, RenderedPost>();
  const adapter: ChatAdapter = {
    platform: 'console',
    render,
    send: async (_thread, post, key) => {
      posts.set(key, post);
      return key;
    },
    edit: async (_thread, platformId, post) => void posts.set(platformId, post),
    findPost: async (_thread, key) => (posts.has(key) ? key : null),
    ...changes,
  };
  return { adapter, posts };
}

/** One process that shows turns on this platform. */
const startShowing = (
  core: TestCore,
  adapter: ChatAdapter,
  more: Partial<Parameters<typeof startOutbound>[0]> = {},
) =>
  startOutbound({
    adapters: { console: adapter },
    posts: core.posts,
    live: core.live,
    log: openLog('test', 'silent'),
    ...more,
  });

test('I1: a resting turn’s checklist appears by the clock, also when the process that showed it first is gone', async (t) => {
  const core = await openTestCore(t);
  // The clock is the test's: this one would run out while a slow machine still stops the first process.
  let dueAfterMs = Number.POSITIVE_INFINITY;
  const { adapter, posts } = memoryPlatform(({ startedAt }, now) =>
    startedAt !== null && now.getTime() - Date.parse(startedAt) >= dueAfterMs
      ? [{ slot: 'checklist', kind: 'checklist', payload: 'it works', edits: true }]
      : [],
  );
  const first = await startShowing(core, adapter);
  const { sessionId } = await sayAccepted(core, 'a');
  const claim = await core.claims.claim(await newWorker(core));
  assert.equal(claim?.sessionId, sessionId);
  const journal = new TurnJournal(claim, [], {
    appender: core.appender,
    payloads: core.blobs,
    now: () => new Date(),
  });
  await journal.append('turn.started', { harness, worker: claim.workerId });
  await until(async () => ((await core.posts.due(10)).length === 0 ? true : null), 'a thread that is shown');
  await first.stop();
  assert.equal(posts.size, 0);

  dueAfterMs = 0;
  const second = await startShowing(core, adapter);
  t.after(() => second.stop());
  const shown = await until(async () => [...posts.values()][0], 'the checklist');
  assert.equal(shown.kind, 'checklist');
});

test('I1: a post that is never taken keeps no other back, and is told; one that is not taken now is tried again', async (t) => {
  const core = await openTestCore(t);
  const sent: string[] = [];
  const told: string[] = [];
  const { refused, rateLimited } = platformErrors('Memory');
  let limits = 2;
  const { adapter } = memoryPlatform(
    ({ text }) =>
      ['never', 'later', 'now'].map((slot) => ({ slot, kind: 'notice', payload: text, edits: false })),
    {
      send: async (_thread, { slot }) => {
        if (slot === 'never') throw refused('archived');
        if (slot === 'later' && limits-- > 0) throw rateLimited(50);
        sent.push(slot);
        return slot;
      },
    },
  );
  const outbound = await startShowing(core, adapter, {
    onRefused: async (_showing, refusals) => void told.push(...refusals.map(({ post }) => post.slot)),
  });
  t.after(() => outbound.stop());
  await sayAccepted(core, 'a');
  await until(async () => (sent.includes('later') ? true : null), 'the post that was told to wait');
  await until(async () => ((await core.posts.due(10)).length === 0 ? true : null), 'a thread that is shown');
  assert.deepEqual(sent, ['now', 'later']);
  assert.deepEqual(told, ['never']);
});

test('I3: an answer that is not taken now is not overtaken by the next one', async (t) => {
  const core = await openTestCore(t);
  const worker = await newWorker(core);
  for (const text of ['first', 'second']) {
    await sayAccepted(core, 'a', { text });
    const claim = await core.claims.claim(worker);
    assert.ok(claim);
    await finishWell(core, claim, text);
  }
  const sent: unknown[] = [];
  let limits = 1;
  const { adapter } = memoryPlatform(
    ({ answer }) => [{ slot: 'answer:0', kind: 'answer', payload: answer, edits: false }],
    {
      send: async (_thread, { payload }) => {
        if (limits-- > 0) throw platformErrors('Memory').rateLimited(50);
        sent.push(payload);
        return String(payload);
      },
    },
  );
  const outbound = await startShowing(core, adapter);
  t.after(() => outbound.stop());
  await until(async () => (sent.length === 2 ? true : null), 'both answers');
  assert.deepEqual(sent, ['first', 'second']);
});

test('I8: a showing that was lost to another process speaks no more', async (t) => {
  const core = await openTestCore(t);
  const { sessionId } = await sayAccepted(core, 'a');
  const showing = await core.posts.begin(sessionId, 'me', null);
  assert.ok(showing);
  assert.equal(await core.posts.renew(showing, 'me'), true);
  await core.database.pool.query(`UPDATE session SET shown_until = now() - interval '1 second'`);
  assert.equal(await core.posts.renew(showing, 'me'), false);
  assert.ok(await core.posts.begin(sessionId, 'other', null));
  assert.equal(await core.posts.renew(showing, 'me'), false);
});

test('I1: what waits says where it stands, is edited when it waits no longer, and is never posted afterwards', async (t) => {
  const core = await openTestCore(t);
  const { adapter, posts } = memoryPlatform((document) => {
    const note = queueNote(document);
    if (!note) return [];
    const payload = `${document.text}: ${note.text}`;
    return [{ slot: 'queue', kind: 'notice', payload, edits: true, late: note.late }];
  });
  const outbound = await startShowing(core, adapter);
  t.after(() => outbound.stop());
  const shown = (what: string, wanted: string[]) =>
    until(async () => {
      const found = [...posts.values()].map(({ payload }) => String(payload)).sort();
      return JSON.stringify(found) === JSON.stringify(wanted.sort()) || null;
    }, what);
  await sayAccepted(core, 'a', { text: 'first' });
  const claim = await core.claims.claim(await newWorker(core));
  assert.ok(claim);
  const next = await sayAccepted(core, 'a', { text: 'second' });
  await sayAccepted(core, 'a', { text: 'third', by: 'ben' });
  await shown('two notes', ['second: Queued, next in line.', 'third: Queued behind 2 requests.']);

  const [submitted] = await core.sessions.turnEvents(next.turnId);
  assert.ok(submitted?.type === 'turn.submitted');
  await core.steers.ask(next.turnId, submitted.body.author);
  await shown('the wish', [
    'second: ↪ Told to what runs now at its next step.',
    'third: Queued behind 2 requests.',
  ]);
  await core.steers.take(claim, 'steer:1');
  await shown('what became of it', [
    'second: ↪ Told to what was running.',
    'third: Queued behind 2 requests.',
  ]);
});
