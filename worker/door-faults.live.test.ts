import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { after, test } from 'node:test';
import { maxHoldMs } from '#core/approvals/hold.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import { exportLines, readExport } from '#core/events/export.ts';
import { openVerifier } from '#core/events/signing.ts';
import { verifyLog } from '#core/events/verify.ts';
import { verifyEgress } from '#core/events/verify-egress.ts';
import { keyFiles } from '#core/machine/keys.ts';
import { until } from '#core/testing/until.ts';
import { httpsOrigin, worldRoot } from '#worker/egress/testing/origin.ts';
import { replaySession } from './replay/replay.ts';
import { openDoorStage } from './testing/door-stage.ts';

let slowBegun = 0;
const listener: RequestListener = (request, response) => {
  if (request.url !== '/slow') return response.end(`got ${request.url}\n`);
  // A download without an end.
  response.writeHead(200);
  slowBegun += 1;
  const timer = setInterval(() => response.write('x'.repeat(1000)), 20);
  return response.once('close', () => clearInterval(timer));
};
const origin = await httpsOrigin(listener);
after(() => origin.close());
const at = (host: string) => `https://${host}.test:${origin.port}`;
const policy = `format: 1
ranges: { here: 127.0.0.0/8 }
rules:
  - { effect: allow, host: open.test, ports: ${origin.port}, ranges: here }
  - { effect: ask, host: '*.test', ranges: here }
`;
const holdMs = 4_000;
const stage = await openDoorStage({ after }, { policy, roots: [worldRoot], holdMs });
const outputOf = async (turnId: string) => (await stage.ended(turnId)).steps[0]?.output ?? '';
const untilFile = (name: string) => `until [ -e ${name} ]; do sleep 0.1; done`;

async function touch(sessionId: string, name: string): Promise<void> {
  assert.deepEqual(await once(stage.stray(sessionId, `touch /workspace/${name}`), 'exit'), [0, null]);
}

/** The session's log and egress's own hold together, and going through it again changes nothing. */
async function prove(sessionId: string) {
  const session = await stage.core.sessions.byId(sessionId);
  assert.ok(session);
  const head = { seq: session.headSeq, hash: session.headHash };
  const lines: string[] = [];
  const rows = (from: number) => stage.core.sessions.rows(sessionId, from, 500);
  const entries = (from: number) => stage.core.egressLog.rows(sessionId, from, 500);
  for await (const line of exportLines(sessionId, head, rows, stage.core.blobs.get, entries))
    lines.push(line);
  const log = readExport(lines.join('\n'));
  const verifier = openVerifier(keyFiles(stage.core.home).map((file) => readFileSync(file, 'utf8')));
  const verdict = await verifyLog(sessionId, log.rows, verifier, head);
  assert.ok(verdict.ok, verdict.ok ? '' : verdict.fault.message);
  assert.equal(verifyEgress(sessionId, log.rows, log.egress), null);
  assert.equal((await replaySession(log, 'test')).divergence, null);
  return log;
}

test('after the hold a request is refused with words; an answer that comes later lets one retry through', async () => {
  const get = `curl -sS ${at('late')}/x`;
  const { turnId, sessionId } = await stage.ask('late', `$ ${get}; ${untilFile('go')}; ${get}; ${get}`);
  const card = await stage.card(turnId, '/x');
  const [asking] = foldDocuments(await stage.core.sessions.turnEvents(turnId));
  const { heldUntil = null, openedAt = '' } = asking?.approvals[0] ?? {};
  assert.equal(
    Date.parse(heldUntil ?? '') - Date.parse(openedAt),
    maxHoldMs,
    'the checklist knows of the hold',
  );
  await until(
    async () => ((await stage.core.egressLog.rows(sessionId, 0, 10)).length > 0 ? true : null),
    'the end of the hold',
  );
  await stage.answer(card, true);
  await touch(sessionId, 'go');
  const output = await outputOf(turnId);
  assert.match(
    output,
    /^Deckhand: Nobody has answered yet[^\n]*\ngot \/x\nDeckhand: Nobody has answered yet/,
  );
  await prove(sessionId);
});

test('I7: requests of a kind share one card, and a click frees only those that were on it', async () => {
  const { turnId, sessionId } = await stage.ask(
    'many',
    `$ curl -sS ${at('many')}/1 & ${untilFile('go')}; curl -sS ${at('many')}/2 & curl -sS ${at('many')}/3 & wait`,
  );
  const first = await stage.card(turnId, '/1');
  assert.equal(first.revision, 1);
  await touch(sessionId, 'go');
  const grown = await stage.card(turnId, '/1', '/2', '/3');
  assert.deepEqual([grown.approvalId, grown.revision], [first.approvalId, 3]);
  // The click of somebody who still sees the first revision.
  await stage.answer(first, true);
  const rest = await stage.card(turnId, '/2', '/3');
  assert.notEqual(rest.approvalId, first.approvalId);
  assert.ok(!rest.request.subject.includes('/1'));
  await stage.answer(rest, false);
  const output = await outputOf(turnId);
  assert.match(output, /got \/1/);
  assert.doesNotMatch(output, /got \/[23]/);
  const document = await stage.ended(turnId);
  assert.deepEqual(
    document.approvals.map(({ state, request }) => [state, request.subject.match(/\/\d$/gm)?.sort()]),
    [
      ['granted', ['/1']],
      ['denied', ['/2', '/3']],
    ],
  );
  await prove(sessionId);
});

test('a turn that is stopped in a hold ends, and its card asks nobody any more', async () => {
  const { turnId, sessionId } = await stage.ask('stopped', `$ curl -sS ${at('stopped')}/x`);
  const card = await stage.card(turnId, '/x');
  await stage.core.turns.stop(turnId, { userId: 'usr_ana', name: 'ana' });
  const document = await stage.ended(turnId);
  assert.equal(document.state, 'cancelled');
  assert.equal(document.approvals[0]?.state, 'expired');
  const decided = await stage.core.approvals.decide(card.approvalId, {
    grant: true,
    scope: 'once',
    by: { userId: 'usr_ana', name: 'ana' },
    revision: card.revision,
  });
  assert.equal(decided?.changed, false);
  await prove(sessionId);
});

test('egress killed in a hold and in a download: both clients see an error, and go on after its restart', async () => {
  const { turnId, sessionId } = await stage.ask(
    'killed',
    `$ curl -sS ${at('held')}/x & curl -sS -o big ${at('open')}/slow; echo "download $?"; wait $!; echo "hold $?"; ${untilFile('go')}; curl -sS ${at('open')}/again; curl -sS ${at('held')}/x`,
  );
  const card = await stage.card(turnId, '/x');
  await until(async () => (slowBegun > 0 ? true : null), 'the download');
  stage.egress().kill('SIGKILL');
  await once(stage.egress(), 'exit');
  await stage.restartEgress();
  await touch(sessionId, 'go');
  const asked = await until(async () => {
    const open = (await stage.core.approvals.ofTurn(turnId)).filter(({ state }) => state === 'open');
    const { rows } = await stage.core.database.pool.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM approval_item i JOIN approval a ON a.id = i.approval_id WHERE a.turn_id = $1 AND i.held_until > now()',
      [turnId],
    );
    return (rows[0]?.n ?? 0) > 0 ? open[0] : null;
  }, 'the question after the restart');
  assert.equal(asked.approvalId, card.approvalId);
  await stage.answer(asked, true);
  const output = await outputOf(turnId);
  assert.match(output, /download (18|35|52|56)\b/);
  assert.match(output, /hold (16|35|52|56)\b/);
  assert.match(output, /got \/again\n(got \/x|Deckhand: Nobody)/);
  await prove(sessionId);
});

test('egress that is away at the end of a turn seals its log when it is back', async () => {
  const { turnId, sessionId } = await stage.ask('away', `$ curl -sS ${at('open')}/x; ${untilFile('go')}`);
  await until(
    async () => ((await stage.core.egressLog.rows(sessionId, 0, 10)).length > 0 ? true : null),
    'the entry',
  );
  stage.egress().kill('SIGKILL');
  await once(stage.egress(), 'exit');
  await touch(sessionId, 'go');
  const document = await stage.ended(turnId);
  assert.equal(document.state, 'succeeded');
  assert.deepEqual(document.receipt.hosts, []);
  await stage.restartEgress();
  await until(async () => {
    const events = await stage.core.sessions.turnEvents(turnId);
    return events.some(({ type }) => type === 'egress.sealed') || null;
  }, 'the seal');
  const log = await prove(sessionId);
  assert.equal(log.egress.length, 1);
  assert.equal((await stage.ended(turnId)).receipt.hosts[0]?.host, 'open.test');
});
