import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAnother, openTestCore, say, sayAccepted } from '#core/testing/core.ts';

test('I2: one message delivered twenty times at once is one turn in one session', async (t) => {
  const core = await openTestCore(t);
  const other = await openAnother(t, core);
  const kinds = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      say(n % 2 ? core : other, 'thr', { id: 'same' }).then((done) => done.kind),
    ),
  );
  assert.equal(kinds.filter((kind) => kind === 'accepted').length, 1);
  assert.equal(kinds.filter((kind) => kind === 'duplicate').length, 19);
  assert.equal(await core.database.prisma.session.count(), 1);
  assert.equal(await core.database.prisma.turn.count(), 1);
});

test('one thread opens one session also when two people write at the same moment', async (t) => {
  const core = await openTestCore(t);
  const done = await Promise.all(['ana', 'ben', 'cem', 'dan'].map((by) => sayAccepted(core, 'thr', { by })));
  assert.equal(new Set(done.map((submitted) => submitted.sessionId)).size, 1);
  const turns = await core.database.prisma.turn.findMany({ orderBy: { seq: 'asc' } });
  assert.deepEqual(
    turns.map((turn) => turn.seq),
    [1, 2, 3, 4],
  );
});

test('a message that does not address the bot opens nothing, and continues a session that exists', async (t) => {
  const core = await openTestCore(t);
  assert.equal((await say(core, 'thr', { opens: false })).kind, 'no_session');
  assert.equal(await core.database.prisma.session.count(), 0);
  await sayAccepted(core, 'thr');
  assert.equal((await say(core, 'thr', { opens: false })).kind, 'accepted');
});

test('a full queue is refused with the number that waits', async (t) => {
  const core = await openTestCore(t);
  for (let n = 0; n < 3; n += 1) await sayAccepted(core, `thr${n}`);
  assert.deepEqual(await say(core, 'more', { maxQueued: 3 }), {
    kind: 'queue_full',
    of: 'person',
    waiting: 3,
  });
  assert.equal(await core.database.prisma.session.count(), 3, 'what is refused opens no session');
  assert.equal((await say(core, 'more', { maxQueued: 3, by: 'ben' })).kind, 'accepted');
});

test('text that no database takes is made well-formed at the edge', async (t) => {
  const core = await openTestCore(t);
  const { turnId } = await sayAccepted(core, 'thr', { text: 'a\u0000b\ud800c' });
  assert.equal((await core.turns.byId(turnId))?.text, 'a\ufffdb\ufffdc');
});

test('attachments of one name get names of their own, also beside those of earlier messages', async (t) => {
  const core = await openTestCore(t);
  const first = await sayAccepted(core, 'thr');
  const ana = (await core.turns.byId(first.turnId))?.authorId ?? '';
  const names: string[][] = [];
  for (let n = 0; n < 2; n += 1) {
    const file = { name: 'plan.txt', mediaType: 'text/plain', size: 1, blob: 'ab' };
    const files = [];
    for (let m = 0; m < 2; m += 1) files.push(await core.files.add(file, 'in', ana, null));
    const { turnId } = await sayAccepted(core, 'thr', { files });
    const [submitted] = await core.sessions.turnEvents(turnId);
    if (submitted?.type === 'turn.submitted') names.push(submitted.body.files.map(({ name }) => name));
    const stored = await Promise.all(files.map(({ id }) => core.files.byId(id)));
    assert.deepEqual(
      stored.map((one) => one?.name),
      names.at(-1),
    );
  }
  assert.deepEqual(names, [
    ['plan.txt', 'plan (2).txt'],
    ['plan (3).txt', 'plan (4).txt'],
  ]);
});

test('a file belongs to one message: its owner’s, and the first that carries it', async (t) => {
  const core = await openTestCore(t);
  const { turnId } = await sayAccepted(core, 'thr');
  const authorId = (await core.turns.byId(turnId))?.authorId ?? '';
  const file = await core.files.add(
    { name: 'a.txt', mediaType: 'text/plain', size: 1, blob: 'f'.repeat(64) },
    'in',
    authorId,
    null,
  );
  await assert.rejects(say(core, 'thr', { by: 'ben', files: [file] }), { code: 'file.taken' });
  await sayAccepted(core, 'thr', { files: [file] });
  await assert.rejects(say(core, 'thr', { files: [file] }), { code: 'file.taken' });
  assert.equal(await core.database.prisma.turn.count(), 2);
});
