import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SampleLog } from '#core/testing/sample-log.ts';
import { canonical } from './canonical.ts';
import { contentHash, genesisHash, linkHash } from './chain.ts';
import { chainEntries, egressGenesis, egressHash } from './egress-log.ts';
import { erasedBody, erasedEntry, erasedText } from './erasure.ts';
import { exportLines, readExport } from './export.ts';
import type { LogRow } from './log-row.ts';
import { newSigningKey, openSigner, openVerifier } from './signing.ts';
import type { EventBodies, EventType, Harness } from './types.ts';
import { verifyLog } from './verify.ts';
import { verifyEgress } from './verify-egress.ts';

const signer = openSigner(newSigningKey());
const verifier = openVerifier([signer.publicKey]);
const ana = { userId: 'usr_1', names: ['Ana'] };
const whole = (by = signer) => new SampleLog('ses_1', by).addTurn('trn_1', 1).addTurn('trn_2', 2);
const erased = (by = signer) => whole(by).erase(ana, 'trn_1');

async function faultOf(rows: readonly LogRow[], head = null) {
  const verdict = await verifyLog('ses_1', rows, verifier, head);
  return verdict.ok ? null : verdict.fault;
}

/** Chains rows anew after a forgery, as whoever has the database but no key can. */
function rechain(rows: readonly LogRow[]): LogRow[] {
  let prevHash = genesisHash('ses_1');
  return rows.map((row, place) => {
    const seq = place + 1;
    const hash = linkHash(prevHash, seq, row.contentHash);
    const placed = { ...row, seq, prevHash, hash };
    prevHash = hash;
    return placed;
  });
}

const changed = (log: SampleLog, seq: number, change: (row: LogRow) => Partial<LogRow>): LogRow[] =>
  log.rows.map((row) => (row.seq === seq ? { ...row, ...change(row) } : row));

test('a log with an erased turn verifies, says how many rows lost their words, and exports as it is', async () => {
  const log = erased();
  const own = log.rows.filter(({ turnId }) => turnId === 'trn_1');
  for (const word of ['Ana', '"hi"', 'echo hi', '"answer":"done"', '"text":"ok"'])
    assert.ok(!own.some(({ body }) => body.includes(word)), word);
  const verdict = await verifyLog('ses_1', log.rows, verifier, log.head, log.payloads);
  assert.ok(verdict.ok, verdict.ok ? '' : verdict.fault.message);
  assert.ok(verdict.erased > 4);
  const lines: string[] = [];
  const read = async (hash: string) => log.payloads.get(hash) ?? new Uint8Array();
  for await (const line of exportLines('ses_1', log.head, async (after) => log.rows.slice(after), read))
    lines.push(line);
  const out = readExport(lines.join('\n'));
  assert.deepEqual(await verifyLog('ses_1', out.rows, verifier, log.head, out.payloads), verdict);
});

test('whoever has the database but no key cannot pass anything off as erased', async () => {
  const log = erased();
  const last = log.rows.length;
  const emptied = (seq: number) => (row: LogRow) => ({ body: erasedBody(row, ana, 'own'), seq });
  const code = async (rows: readonly LogRow[]) => (await faultOf(rows))?.code ?? null;
  assert.equal(await code(whole().rows), null);
  assert.equal(await code(changed(whole(), 1, emptied(1))), 'content', 'without any event');
  const unsigned = changed(log, last, () => ({ keyId: null, signature: null }));
  assert.equal(await code(unsigned), 'signature', 'an event that nobody signed');
  assert.equal(await code(erased(openSigner(newSigningKey())).rows), 'unknown_key', "by the forger's key");
  const other = whole().rows.length / 2 + 1;
  assert.equal(await code(changed(log, other, emptied(other))), 'content', 'one more row than was named');
  const twisted = changed(log, 1, ({ body }) => ({ body: body.replace(erasedText, 'I agree') }));
  assert.equal(await code(twisted), 'erased', 'other words in the place of those that were taken');
  const back = changed(log, 1, () => ({ body: whole().rows[0]?.body ?? '' }));
  assert.equal(await code(back), 'erased', 'words that are there again');
  assert.equal(await code(rechain(log.rows.slice(0, -1))), 'content', 'the event is gone');
  const more = (body: string) =>
    canonical({ ...JSON.parse(body), rows: [{ n: other, was: '', is: '' }, ...JSON.parse(body).rows] });
  const widened = rechain(
    changed(log, last, (row) => ({
      body: more(row.body),
      contentHash: contentHash({ ...row, body: more(row.body) }),
    })),
  );
  assert.ok(['erased', 'signature'].includes((await code(widened)) ?? ''), 'an event that names more rows');
  const elsewhere = new SampleLog('ses_2', signer).addTurn('trn_1', 1).erase(ana, 'trn_1');
  const moved = elsewhere.rows.at(-1) as LogRow;
  const joined = rechain([...changed(whole(), 1, emptied(1)), { ...moved, sessionId: 'ses_1' }]);
  assert.equal(await code(joined), 'erased', 'the event of another session');
});

test('a payload that an unsigned intent says was erased is none where no signed event says so', async () => {
  const log = whole();
  const place = log.rows.findIndex(({ type }) => type === 'effect.intent');
  const rows = log.rows.slice(0, place + 1).map((row, at) => {
    if (at !== place) return row;
    const body = canonical({ ...JSON.parse(row.body), request: { erased: true } });
    return { ...row, body, contentHash: contentHash({ ...row, body }) };
  });
  assert.deepEqual((await faultOf(rechain(rows)))?.code, 'erased');
});

test('in the turns of others names and what their models were told go; their own words stay', () => {
  const ben = { userId: 'usr_2', name: 'Ben' };
  const row = (type: string, body: object) => ({ type, body: canonical(body) });
  const said = { author: ben, text: 'Ana said so', files: [], platform: 'slack', eventId: 'e', sentAt: '' };
  const quoted = [
    { name: 'Ana', text: 'mine' },
    { name: 'Cy', text: 'not mine' },
  ];
  const left = JSON.parse(erasedBody(row('turn.submitted', { ...said, quoted }), ana, 'told'));
  assert.deepEqual(left, { ...said, quoted: [quoted[1]] });
  const effect = { title: 't', fingerprint: 'f', request: { inline: { input: 'all' } }, attempt: 1 };
  const intent = (kind: string) => row('effect.intent', { ...effect, kind });
  const requestOf = (kind: string) => JSON.parse(erasedBody(intent(kind), ana, 'told')).request;
  assert.deepEqual(requestOf('model'), { erased: true });
  assert.deepEqual(requestOf('command'), effect.request);
  const stopped = row('turn.stop_requested', { by: { userId: 'usr_1', name: 'Ana' } });
  assert.equal(JSON.parse(erasedBody(stopped, ana, 'named')).by.name, erasedText);
  assert.equal(erasedBody(intent('model'), ana, 'named'), intent('model').body);
});

test('of each type of event nothing that a person says, is called, sends or reaches is left in a turn of theirs', () => {
  const mark = 'their-own-words';
  const by = { userId: 'usr_1', name: mark };
  const file = { id: 'fil_1', name: mark, mediaType: 'text/plain', size: 1, blob: mark };
  const request = { kind: 'host' as const, title: mark, subject: mark, why: mark };
  const reaches = { method: 'GET', host: mark, port: 443 };
  const harness: Harness = {
    ...{
      version: '1',
      clock: '',
      template: 'assistant',
      instructions: mark,
      settings: { mark },
      maxSteps: 1,
    },
    ...{ model: { provider: 'p', name: 'm', api: 'a' }, tools: [{ name: mark, hash: '' }], contextSeq: 0 },
    ...{ asks: [mark], skills: [mark], image: mark, mcp: { servers: [], tools: [] } },
    layers: [{ layer: mark, version: 1, hash: '' }],
  };
  const effect = { kind: 'command' as const, fingerprint: 'f' };
  const approval = { approvalId: 'apr_1', fingerprint: 'f' };
  const bodies: EventBodies = {
    'turn.submitted': {
      ...{ author: by, text: mark, files: [file], platform: 'slack', eventId: '1', sentAt: '' },
      quoted: [{ name: mark, text: mark }],
    },
    'turn.edited': { text: mark, by: mark },
    'turn.moved': { by, place: 1 },
    'turn.cancelled': { by, reason: 'stopped' },
    'turn.stop_requested': { by },
    'turn.steer_asked': { by, into: 'trn_2' },
    'turn.steered': { by, from: 'trn_2', text: mark, files: [file] },
    'turn.started': { harness, worker: 'wrk_1' },
    'turn.resumed': { reason: 'crash', worker: 'wrk_1', done: 1, cut: ['call_1/command:0'] },
    'effect.intent': { ...effect, title: mark, request: { inline: mark }, attempt: 1 },
    'effect.receipt': { ...effect, outcome: 'done', intent: 1, result: { inline: mark }, ms: 1 },
    'harness.changed': { harness },
    'harness.diverged': { key: 'model:0', recorded: 'f', found: 'g' },
    'approval.opened': { ...approval, request: { ...request, reaches }, expiresAt: '' },
    'approval.grown': { approvalId: 'apr_1', request: { ...request, reaches }, revision: 2 },
    'approval.decided': { approvalId: 'apr_1', state: 'granted', scope: 'once', by },
    'turn.returned': {},
    'egress.intent': { method: 'GET', url: mark, fingerprint: 'f', secret: mark, approvalId: null },
    'egress.alarm': { host: mark, method: 'GET', code: 'c', secret: mark },
    'egress.sealed': {
      ...{ from: 1, to: 2, hash: 'h', refused: 0 },
      ...{ hosts: [{ host: mark, requests: 1, bytes: 1 }], secrets: [{ name: mark, uses: 1 }] },
    },
    'turn.waiting': { approvals: ['apr_1'] },
    'workspace.lost': { steps: 1, saved: true },
    'file.sent': { file },
    'turn.finished': {
      ...{ state: 'failed', answer: mark, error: { code: 'c', message: mark } },
      usage: { requests: 1, inputTokens: 1, outputTokens: 1 },
    },
    'turn.sealed': { headSeq: 1, headHash: 'h' },
    'post.intent': { slot: 's', postKey: 'k' },
    'post.receipt': { slot: 's', postKey: 'k', platformId: 'm', outcome: 'sent' },
    'data.erased': { erasure: 'era_1', of: 'usr_2', by: 'usr_3', rows: [], egress: [] },
  };
  for (const type of Object.keys(bodies) as EventType[]) {
    const left = erasedBody({ type, body: canonical(bodies[type]) }, ana, 'own');
    assert.ok(!left.includes(mark), `${type}: ${left}`);
    assert.equal(erasedBody({ type, body: left }, ana, 'own'), left, `${type}: again is no change`);
  }
  assert.equal(erasedBody({ type: 'of.later', body: canonical({ mark }) }, ana, 'own'), '{}');
});

test('entries of the egress log lose where they went, and the chain with its seals still stands', () => {
  const entry = {
    ...{
      at: '2026',
      method: 'GET',
      scheme: 'https' as const,
      host: 'ana.example',
      port: 443,
      path: '/private',
    },
    ...{ outcome: 'passed' as const, rule: 'policy', code: null, reason: null, status: 200, secret: 'TOKEN' },
    ...{ sent: 1, received: 2, ms: 3 },
  };
  const start = { n: 0, hash: egressGenesis('ses_1') };
  const of = (turnId: string) => ({ turnId, entry });
  const entries = chainEntries('ses_1', start, [of('trn_1'), of('trn_2'), of('trn_1')]);
  const log = new SampleLog('ses_1', signer).addTurn('trn_1', 1);
  const hash = entries.at(-1)?.hash ?? '';
  log.add('egress.sealed', { from: 1, to: 3, hash, hosts: [], secrets: [], refused: 0 }, { turn: 'trn_1' });
  assert.equal(verifyEgress('ses_1', log.rows, entries), null);
  const left = entries.map((row) => (row.turnId === 'trn_1' ? { ...row, body: erasedEntry(row.body) } : row));
  assert.ok(!left.some(({ turnId, body }) => turnId === 'trn_1' && /ana|private|TOKEN/.test(body)));
  assert.equal(verifyEgress('ses_1', log.rows, left)?.code, 'egress', 'no event says so');
  const egress = left
    .filter((row) => row.turnId === 'trn_1')
    .map((row) => ({ n: row.n, was: row.hash, is: egressHash(row) }));
  const asked = { erasure: 'era_1', of: 'usr_1', by: 'usr_owner', rows: [] };
  log.add('data.erased', { ...asked, egress }, { turn: null });
  assert.equal(verifyEgress('ses_1', log.rows, left), null);
  const more = left.map((row) => ({ ...row, body: erasedEntry(row.body) }));
  assert.equal(verifyEgress('ses_1', log.rows, more)?.code, 'egress', 'one more than was named');
  assert.equal(verifyEgress('ses_1', log.rows, entries)?.code, 'egress', 'words that are there again');
});
