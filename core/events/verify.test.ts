import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SampleLog } from '#core/testing/sample-log.ts';
import { canonical, fingerprint, sha256 } from './canonical.ts';
import { contentHash, genesisHash, linkHash } from './chain.ts';
import { exportLines, readExport } from './export.ts';
import type { LogRow } from './log-row.ts';
import { newSigningKey, openSigner, openVerifier } from './signing.ts';
import { verifyLog } from './verify.ts';

const signer = openSigner(newSigningKey());
const verifier = openVerifier([signer.publicKey]);
const sample = () => new SampleLog('ses_1', signer).addTurn('trn_1', 1).addTurn('trn_2', 2);

/** Chains rows anew after a forgery: what somebody can do who has the database but not the key. */
function rechain(rows: LogRow[]): LogRow[] {
  let prevHash = genesisHash('ses_1');
  return rows.map((row, place) => {
    const content = contentHash(row);
    const forged = {
      ...row,
      seq: place + 1,
      contentHash: content,
      prevHash,
      hash: linkHash(prevHash, place + 1, content),
    };
    prevHash = forged.hash;
    return forged;
  });
}

async function faultOf(rows: LogRow[], head: { seq: number; hash: string } | null = sample().head) {
  const verdict = await verifyLog('ses_1', rows, verifier, head);
  return verdict.ok ? null : verdict.fault;
}

test('a log as it was written is good, and its head is given', async () => {
  const log = sample();
  assert.deepEqual(await verifyLog('ses_1', log.rows, verifier, log.head), {
    ok: true,
    events: log.rows.length,
    erased: 0,
    head: log.head,
  });
});

test('a changed body, a removed pair, another session and a cut tail are each named', async () => {
  const { rows, head } = sample();
  const changed = rows.map((row) =>
    row.seq === 3 ? { ...row, body: row.body.replace('done', 'gone') } : row,
  );
  assert.equal((await faultOf(changed))?.code, 'content');
  const without = rows.filter((row) => row.seq !== 2 && row.seq !== 3);
  assert.deepEqual([(await faultOf(without))?.code, (await faultOf(without))?.seq], ['missing', 2]);
  assert.equal((await faultOf(rechain(without), null))?.code, 'seal');
  assert.equal((await faultOf(rows.map((row) => ({ ...row, sessionId: 'ses_2' }))))?.code, 'session');
  assert.deepEqual((await faultOf(rows.slice(0, -2)))?.code, 'truncated');
  assert.equal(
    await faultOf(rows.slice(0, -2), null),
    null,
    'a tail cut at a turn can only be seen against a saved head',
  );
  assert.equal(head.seq, rows.length);
});

test('a chain signed anew with a key of the forger is refused, also when the log brings that key along', async () => {
  const forger = openSigner(newSigningKey());
  const forged = new SampleLog('ses_1', forger).addTurn('trn_1', 1);
  assert.equal((await faultOf(forged.rows, forged.head))?.code, 'unknown_key');
  const posing = forged.rows.map((row) => (row.keyId ? { ...row, keyId: signer.keyId } : row));
  assert.equal((await faultOf(posing, forged.head))?.code, 'signature');
});

test('an unsigned receipt, a receipt without intent and an effect without its permission are named', async () => {
  const { rows } = sample();
  const unsigned = rows.map((row) => (row.seq === 3 ? { ...row, keyId: null, signature: null } : row));
  assert.equal((await faultOf(unsigned))?.code, 'signature');

  const log = new SampleLog('ses_1', signer);
  const person = { userId: 'usr_1', name: 'Ana' };
  log.add('turn.submitted', {
    author: person,
    text: '',
    files: [],
    platform: 'console',
    eventId: '1',
    sentAt: '',
  });
  const print = fingerprint({ kind: 'command', request: null });
  const receipt = {
    kind: 'command' as const,
    fingerprint: print,
    outcome: 'done' as const,
    intent: 1,
    result: { inline: null },
    ms: 0,
  };
  const intent = {
    kind: 'command' as const,
    title: '',
    fingerprint: print,
    request: { inline: null },
    attempt: 1,
  };
  const request = { kind: 'command' as const, title: '', subject: '', why: null };
  const orphan = new SampleLog('ses_1', signer);
  orphan.rows.push(...log.rows);
  orphan.add('effect.receipt', receipt, { key: 'c/command:0', epoch: 1, signed: true });
  assert.equal((await faultOf(orphan.rows, null))?.code, 'effect');
  log.add(
    'approval.opened',
    { approvalId: 'apr_1', request, fingerprint: 'f', expiresAt: '' },
    { key: 'c', epoch: 1 },
  );
  log.add('effect.intent', intent, { key: 'c/command:0', epoch: 1 });
  assert.equal((await faultOf(log.rows, null))?.code, 'approval');
});

test('whoever has the database but no key cannot take the seal away, or change who asked, what ran and who allowed it', async () => {
  const { rows } = sample();
  const sealed = rows.filter((row) => row.type !== 'turn.sealed');
  assert.equal((await faultOf(rechain(sealed), null))?.code, 'seal');
  const edit = (type: string, from: string, to: string) =>
    rechain(rows.map((row) => (row.type === type ? { ...row, body: row.body.replace(from, to) } : row)));
  assert.equal((await faultOf(edit('turn.submitted', '"hi"', '"ho"'), null))?.code, 'signature');
  assert.equal((await faultOf(edit('approval.decided', 'Ana', 'Boss'), null))?.code, 'signature');
  // Before the seal can tell, the intent itself does not fit its fingerprint.
  const unsealed = rows.slice(0, 3);
  const swapped = unsealed.map((row) =>
    row.type === 'effect.intent'
      ? { ...row, body: row.body.replace('{"key":"model:0"}', '{"key":"rm -rf"}') }
      : row,
  );
  assert.equal((await faultOf(rechain(swapped), null))?.code, 'effect');
});

test('a payload that is missing, changed, or not what its effect was asked for is named', async () => {
  const log = sample();
  const check = async (payloads: Map<string, Uint8Array>, rows = log.rows) => {
    const verdict = await verifyLog('ses_1', rows, verifier, null, payloads);
    return verdict.ok ? null : verdict.fault.code;
  };
  assert.equal(await check(log.payloads), null);
  for (const hash of log.payloads.keys()) {
    const missing = new Map(log.payloads);
    missing.delete(hash);
    assert.equal(await check(missing), 'payload');
    assert.equal(await check(new Map(log.payloads).set(hash, Buffer.from('{"value":null}'))), 'payload');
  }
  // A forger can name another payload in an intent, which nobody signed; its fingerprint then does not fit.
  const other = Buffer.from('{"value":{"key":"rm -rf"}}');
  const place = log.rows.findIndex((row) => row.type === 'effect.intent' && row.body.includes('blob'));
  const forged = log.rows.slice(0, place + 1).map((row, at) => {
    const body = JSON.parse(row.body) as { request: unknown };
    const request = { blob: sha256(other), bytes: other.length };
    return at === place ? { ...row, body: canonical({ ...body, request }) } : row;
  });
  assert.equal(await check(new Map(log.payloads).set(sha256(other), other), rechain(forged)), 'payload');
});

test('epochs that go back and a worker that writes after the end are named', async () => {
  const { rows } = new SampleLog('ses_1', signer).addTurn('trn_1', 2).addTurn('trn_2', 1);
  assert.equal((await faultOf(rows, null))?.code, 'epoch');
  const late = new SampleLog('ses_1', signer)
    .addTurn('trn_1', 1)
    .add('turn.waiting', { approvals: [] }, { epoch: 1 });
  assert.equal((await faultOf(late.rows, null))?.code, 'order');
});

test('I7: words that a turn heard must have been queued by its own author, word for word, once, and end so', async () => {
  const ana = { userId: 'usr_1', name: 'Ana' };
  const ben = { userId: 'usr_2', name: 'Ben' };
  interface Told {
    by?: typeof ana;
    text?: string;
    key?: string;
    into?: string;
    reason?: 'steered' | 'stopped';
  }
  const logOf = ({
    by = ana,
    text = 'use staging',
    key = 'steer:1',
    into = 'trn_1',
    reason = 'steered',
  }: Told) => {
    const message = { text: 'use staging', files: [], platform: 'console', sentAt: '2026' };
    const print = fingerprint({ kind: 'steer', request: {} });
    const log = new SampleLog('ses_1', signer);
    log.add('turn.submitted', { ...message, text: 'upgrade', author: ana, eventId: 'm1' });
    log.add('turn.submitted', { ...message, author: by, eventId: 'm2' }, { turn: 'trn_2' });
    log.add(
      'effect.intent',
      { kind: 'steer', title: 'hear the author', fingerprint: print, request: { inline: {} }, attempt: 1 },
      { epoch: 1, key: 'steer:1' },
    );
    log.add('turn.steered', { by, from: 'trn_2', text, files: [] }, { epoch: 1, key });
    return log.add('turn.cancelled', { by, reason, into }, { turn: 'trn_2' });
  };
  assert.equal(await faultOf(logOf({}).rows, null), null);
  const twice = logOf({}).add(
    'turn.steered',
    { by: ana, from: 'trn_2', text: 'use staging', files: [] },
    { epoch: 1, key: 'steer:1' },
  );
  for (const [why, log] of Object.entries({
    'of another person': logOf({ by: ben }),
    'in other words': logOf({ text: 'use production' }),
    'outside of an effect': logOf({ key: 'steer:2' }),
    'ended for another turn': logOf({ into: 'trn_9' }),
    'ended as if stopped': logOf({ reason: 'stopped' }),
    twice,
  })) {
    assert.equal((await faultOf(log.rows, null))?.code, 'steer', why);
  }
});

test('each of 10,000 seeded changes to an exported log is caught', () => isProof(sample(), 10_000));

test('each of 3,000 seeded changes to an exported log of which a turn was erased is caught', () =>
  isProof(sample().erase({ userId: 'usr_1', names: ['Ana'] }, 'trn_1'), 3_000));

async function isProof(log: SampleLog, rounds: number): Promise<void> {
  const lines: string[] = [];
  for await (const line of exportLines(
    'ses_1',
    log.head,
    async (after) => log.rows.slice(after),
    async (hash) => log.payloads.get(hash) ?? new Uint8Array(),
  )) {
    lines.push(line);
  }
  const random = seeded(20261121);
  for (let round = 0; round < rounds; round += 1) {
    const changed = mutate(lines, random);
    if (await isCaught(changed, log.head)) continue;
    const place = changed.findIndex((line, at) => line !== lines[at]);
    assert.fail(`round ${round} went through:\n${lines[place]}\n${changed[place]}`);
  }
}

type Random = (below: number) => number;

/** mulberry32: small, seeded, good enough to choose places. */
function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** One change: a byte of a row, a field, two rows swapped, one removed, one doubled. */
function mutate(lines: readonly string[], random: Random): string[] {
  const changed = [...lines];
  const place = 1 + random(lines.length - 1);
  const line = changed[place] ?? '';
  const kind = random(5);
  if (kind === 0) changed.splice(place, 1);
  else if (kind === 1) changed.splice(place, 0, line);
  else if (kind === 2) {
    const other = 1 + ((place + random(lines.length - 2)) % (lines.length - 1));
    changed[place] = changed[other === place ? 1 + (place % (lines.length - 1)) : other] ?? '';
    changed[other === place ? 1 + (place % (lines.length - 1)) : other] = line;
  } else {
    const byte = random(line.length);
    const letters = 'abcdef0123456789{}":,xZ ';
    let letter = letters[random(letters.length)] ?? '?';
    if (letter === line[byte]) letter = letter === 'q' ? 'r' : 'q';
    changed[place] = line.slice(0, byte) + letter + line.slice(byte + 1);
  }
  return changed;
}

async function isCaught(lines: string[], head: { seq: number; hash: string }): Promise<boolean> {
  try {
    const read = readExport(lines.join('\n'));
    return !(await verifyLog(read.sessionId, read.rows, verifier, head, read.payloads)).ok;
  } catch {
    return true;
  }
}
