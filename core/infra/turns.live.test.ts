import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { finishWell, newWorker, openAnother, openTestCore, say, sayAccepted } from '#core/testing/core.ts';
import type { Claim } from '#core/turns/ports.ts';

/** After this the sweep takes a worker's turns away (`sweep_turns`). */
const silentMs = 6_000;
const ana = { userId: 'usr_ana', name: 'ana' };

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
  assert.deepEqual(await say(core, 'more', { maxQueued: 3 }), { kind: 'queue_full', waiting: 3 });
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

test('a queued turn can be edited and cancelled, a running one can not', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr', { id: 'first' });
  const second = await sayAccepted(core, 'thr', { id: 'second' });
  assert.equal(await core.turns.edit('console', 'second', 'changed', 'usr_ana'), true);
  assert.equal((await core.turns.byId(second.turnId))?.text, 'changed');
  assert.equal(await core.turns.cancelQueued(second.turnId, ana, 'deleted'), true);
  assert.equal(await core.turns.cancelQueued(second.turnId, ana, 'deleted'), false);

  const claim = await core.claims.claim(await newWorker(core));
  assert.equal(await core.turns.edit('console', 'first', 'too late', 'usr_ana'), false);
  assert.equal(await core.turns.stop(claim?.turnId ?? '', ana), 'stopping');
  assert.deepEqual(claim && (await core.claims.standing(claim)).stopRequestedBy, ana);
});

test('I3: a session gives its turns one at a time and in order, to many workers', async (t) => {
  const core = await openTestCore(t);
  const expected = new Map<string, string[]>();
  for (let n = 0; n < 40; n += 1) {
    const { sessionId, turnId } = await sayAccepted(core, `thr${n % 8}`, { by: `user${(n % 8) % 3}` });
    expected.set(sessionId, [...(expected.get(sessionId) ?? []), turnId]);
  }
  const ended = new Map<string, string[]>();
  const active = new Set<string>();
  const work = async () => {
    const worker = await newWorker(core);
    for (let claim = await core.claims.claim(worker); claim; claim = await core.claims.claim(worker)) {
      assert.ok(!active.has(claim.sessionId), 'two turns of one session at once');
      active.add(claim.sessionId);
      await new Promise(setImmediate);
      ended.set(claim.sessionId, [...(ended.get(claim.sessionId) ?? []), claim.turnId]);
      active.delete(claim.sessionId);
      await finishWell(core, claim);
    }
  };
  while ([...ended.values()].flat().length < 40) await Promise.all([work(), work(), work(), work()]);
  assert.deepEqual(ended, expected);
});

test('a seal names the head that it closes, also when others write to the session at the same moment', async (t) => {
  const core = await openTestCore(t);
  const worker = await newWorker(core);
  const { sessionId } = await sayAccepted(core, 'thr');
  for (let round = 0; round < 5; round += 1) {
    await core.claims.beat(worker, 'test', 8);
    const claim = (await core.claims.claim(worker)) as Claim;
    const others = Array.from({ length: 12 }, () => sayAccepted(core, 'thr', { by: 'ben' }));
    await Promise.all([finishWell(core, claim), ...others]);
  }
  const rows = await core.sessions.rows(sessionId, 0, 1_000);
  const seals = rows.filter(({ type }) => type === 'turn.sealed');
  assert.equal(seals.length, 5);
  for (const { seq, prevHash, body } of seals)
    assert.deepEqual(JSON.parse(body), { headSeq: seq - 1, headHash: prevHash });
});

test('I8: who has lost the claim cannot end the turn, and nothing of the end is written', async (t) => {
  const core = await openTestCore(t);
  const { sessionId } = await sayAccepted(core, 'thr');
  const claim = (await core.claims.claim(await newWorker(core))) as Claim;
  await core.claims.leave(claim.workerId);
  const before = (await core.sessions.byId(sessionId))?.headSeq;
  await assert.rejects(finishWell(core, claim), { code: 'turn.fenced' });
  await assert.rejects(finishWell(core, { ...claim, epoch: claim.epoch + 1 }), { code: 'turn.fenced' });
  assert.equal((await core.sessions.byId(sessionId))?.headSeq, before);
  assert.equal((await core.turns.byId(claim.turnId))?.state, 'running');
});

test('the least recently served person is served first, however much another has waiting', async (t) => {
  const core = await openTestCore(t);
  for (let n = 0; n < 30; n += 1) await sayAccepted(core, `heavy${n}`, { by: 'heavy' });
  for (let n = 0; n < 5; n += 1) await sayAccepted(core, `light${n}`, { by: `light${n}` });
  const worker = await newWorker(core);
  const served: string[] = [];
  for (let n = 0; n < 8; n += 1) {
    const claim = await core.claims.claim(worker);
    assert.ok(claim);
    served.push((await core.sessions.byId(claim.sessionId))?.thread.thread.replace(/\d+/, '') ?? '');
    await finishWell(core, claim);
  }
  assert.equal(served.slice(0, 6).filter((name) => name === 'light').length, 5);
});

test('I8: after another worker has taken over, nothing of the first is written', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr');
  const [first, second] = [await newWorker(core), await newWorker(core)];
  const old = await core.claims.claim(first);
  assert.ok(old);
  await core.database.pool.query(`UPDATE worker SET seen_at = now() - interval '7 seconds' WHERE id = $1`, [
    first,
  ]);
  assert.deepEqual(await core.claims.sweep(), [old.sessionId]);
  const now = await core.claims.claim(second);
  assert.equal(now?.turnId, old.turnId);
  assert.equal(now?.epoch, old.epoch + 1);

  const { sessionId, turnId, epoch } = old;
  const body = { approvals: [] };
  const draft = {
    sessionId,
    turnId,
    epoch,
    type: 'turn.waiting' as const,
    key: null,
    body,
    at: '2026-01-01T00:00:00.000Z',
  };
  await assert.rejects(core.appender.append({ draft }), { code: 'turn.fenced' });
  await assert.rejects(finishWell(core, old), { code: 'turn.fenced' });
  await assert.rejects(core.claims.wait(old, []), { code: 'turn.fenced' });
  await assert.rejects(core.claims.release(old), { code: 'turn.fenced' });
  assert.equal((await core.claims.standing(old)).held, false);
  assert.equal(await core.claims.claim(first), null, 'a silent worker claims nothing');
  await finishWell(core, now);
  assert.equal((await core.turns.byId(turnId))?.state, 'succeeded');
});

test('a worker that leaves gives its turns back at once', async (t) => {
  const core = await openTestCore(t);
  const { turnId } = await sayAccepted(core, 'thr');
  const worker = await newWorker(core);
  await core.claims.claim(worker);
  await core.claims.leave(worker);
  assert.equal((await core.claims.claim(await newWorker(core)))?.turnId, turnId);
});

test('of two workers of one host that leave at once, one learns that the other went before it', async (t) => {
  const core = await openTestCore(t);
  const [one, two, elsewhere] = ['wrk_one', 'wrk_two', 'wrk_elsewhere'];
  await core.claims.register(one, 'host-a', 1);
  await core.claims.register(two, 'host-a', 1);
  await core.claims.register(elsewhere, 'host-b', 1);
  const othersGoOn = await Promise.all([core.claims.leave(one), core.claims.leave(two)]);
  assert.deepEqual(othersGoOn.sort(), [false, true]);
});

test('the database refuses moves of a turn that the state table does not have, and changes of the log', async (t) => {
  const core = await openTestCore(t);
  const { turnId } = await sayAccepted(core, 'thr');
  const { pool } = core.database;
  await assert.rejects(pool.query(`UPDATE turn SET state = 'succeeded' WHERE id = $1`, [turnId]), {
    code: 'DH002',
  });
  await assert.rejects(pool.query(`UPDATE event SET body = '{}' WHERE turn_id = $1`, [turnId]), {
    code: 'DH001',
  });
  await assert.rejects(pool.query('DELETE FROM event'), { code: 'DH001' });
});

test('I3, I8: a process that is paused inside a transaction keeps nobody else from claiming', async (t) => {
  const core = await openTestCore(t);
  const other = await openAnother(t, core);
  await sayAccepted(core, 'thr');
  const paused = await core.database.pool.connect();
  const { rows } = await paused.query<{ ms: number }>(
    `SELECT setting::int AS ms FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'`,
  );
  const patienceMs = rows[0]?.ms ?? 0;
  assert.ok(patienceMs > 0 && patienceMs < silentMs, 'it is given up before a worker counts as silent');
  await paused.query('SET idle_in_transaction_session_timeout = 300');
  await paused.query('BEGIN');
  await paused.query('SELECT 1 FROM session FOR NO KEY UPDATE');
  const worker = await newWorker(other);
  const beating = setInterval(() => void other.claims.beat(worker, 'test', 8), 1_000);
  const claim = await Promise.race([
    other.claims.claim(worker),
    sleep(20_000, 'nobody could claim', { ref: false }),
  ]);
  clearInterval(beating);
  paused.release(true);
  assert.equal((claim as { workerId?: string } | null)?.workerId, worker, String(claim));
});

test('two people who take turns in many threads never lock each other out', async (t) => {
  const core = await openTestCore(t);
  for (let n = 0; n < 40; n += 1) {
    for (const by of n % 2 ? ['ana', 'ben', 'ana'] : ['ben', 'ana', 'ben'])
      await sayAccepted(core, `thr${n}`, { by });
  }
  await core.database.pool.query('UPDATE lane SET cap = 100');
  const before = await core.database.pool.query(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  const work = async () => {
    const worker = await newWorker(core);
    for (let claim = await core.claims.claim(worker); claim; claim = await core.claims.claim(worker)) {
      await finishWell(core, claim);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  assert.equal(await core.database.prisma.turn.count({ where: { state: 'succeeded' } }), 120);
  const after = await core.database.pool.query(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  assert.deepEqual(after.rows, before.rows);
});

test('I8: after its end a turn takes nothing more under its claim, and no effect without one', async (t) => {
  const core = await openTestCore(t);
  const { sessionId, turnId } = await sayAccepted(core, 'thr');
  const claim = await core.claims.claim(await newWorker(core));
  assert.ok(claim);
  await finishWell(core, claim);
  const request = {
    kind: 'command' as const,
    title: '',
    fingerprint: 'f',
    request: { inline: null },
    attempt: 1,
  };
  const effect = { state: 'intent' as const, kind: 'command' as const, fingerprint: 'f' };
  for (const epoch of [claim.epoch, null]) {
    const draft = {
      sessionId,
      turnId,
      epoch,
      type: 'effect.intent' as const,
      key: 'c/command:0',
      body: request,
      at: '',
    };
    await assert.rejects(core.appender.append({ draft, effect }), { code: 'turn.fenced' });
  }
});

test('I8: of two claims that write one effect in one batch, the fenced one does not hide the one that stands', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr');
  const worker = await newWorker(core);
  const old = await core.claims.claim(worker);
  assert.ok(old);
  await core.claims.release(old);
  const now = await core.claims.claim(worker);
  assert.ok(now);
  const request = {
    kind: 'command' as const,
    title: '',
    fingerprint: 'f',
    request: { inline: null },
    attempt: 1,
  };
  const effect = { state: 'intent' as const, kind: 'command' as const, fingerprint: 'f' };
  const write = ({ sessionId, turnId, epoch }: Claim) => {
    const type = 'effect.intent' as const;
    const draft = { sessionId, turnId, epoch, type, key: 'c/command:0', body: request, at: '' };
    return core.appender.append({ draft, effect });
  };
  const [fenced, written] = await Promise.allSettled([write(old), write(now)]);
  assert.equal(fenced.status === 'rejected' && fenced.reason.code, 'turn.fenced');
  assert.equal(written.status, 'fulfilled');
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

test('I1: a claim whose answer was lost is known to the database, and can be given back', async (t) => {
  const core = await openTestCore(t);
  const { turnId } = await sayAccepted(core, 'thr');
  const worker = await newWorker(core);
  await core.claims.claim(worker);
  const [lost] = await core.claims.held(worker);
  assert.equal(lost?.turnId, turnId);
  if (lost) await core.claims.release(lost);
  assert.equal((await core.claims.claim(worker))?.turnId, turnId);
});

test('a worker whose row was swept away while its machine slept is there again with its next beat', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr');
  const worker = await newWorker(core);
  await core.database.pool.query('DELETE FROM worker');
  await core.claims.beat(worker, 'test', 8);
  assert.ok(await core.claims.claim(worker));
});
