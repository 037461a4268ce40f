import type pg from 'pg';
import { fenced, toRow, type UnplacedRow } from '#core/events/appender.ts';
import { linkHash } from '#core/events/chain.ts';
import type { Signer } from '#core/events/signing.ts';
import type { EventBodies, EventType } from '#core/events/types.ts';
import type { Claim } from '#core/turns/ports.ts';
import type { FinalState } from '#core/turns/state.ts';
import { givingWay } from './database.ts';

interface Head {
  head_seq: number;
  head_hash: string;
}

interface Answer extends Head {
  outcome: 'ended' | 'moved' | 'fenced';
  ready: boolean;
}

/** Others write to a session in bursts: whoever finds its head moved this often has met something that never ends. */
const maxTries = 100;

/**
 * The turn's last event, the seal over it, the turn's state and the next turn's readiness in one statement. The seal is
 * signed for the head as it was read; where that has moved, it is signed anew.
 * @returns whether another turn of the session is ready. @throws {DeckhandError} `turn.fenced`
 */
export async function finishTurn(
  pool: pg.Pool,
  signer: Signer,
  claim: Claim,
  state: FinalState,
  finished: EventBodies['turn.finished'],
): Promise<boolean> {
  const last = claimedRow(signer, claim, 'turn.finished', finished);
  let head = await readHead(pool, claim.sessionId);
  for (let tries = 0; head && tries < maxTries; tries += 1) {
    const headSeq = head.head_seq + 1;
    const headHash = linkHash(head.head_hash, headSeq, last.contentHash);
    const rows = [last, claimedRow(signer, claim, 'turn.sealed', { headSeq, headHash })];
    const answer = await callFinish(pool, claim, state, finished.error?.code ?? null, head, rows);
    if (answer.outcome === 'ended') return answer.ready;
    if (answer.outcome === 'fenced') throw fenced();
    head = answer;
  }
  if (!head) throw fenced();
  throw new Error(`the log of session ${claim.sessionId} never stood still`);
}

async function readHead(pool: pg.Pool, sessionId: string): Promise<Head | undefined> {
  const { rows } = await pool.query<Head>({
    name: 'session_head',
    text: 'SELECT head_seq, head_hash FROM session WHERE id = $1',
    values: [sessionId],
  });
  return rows[0];
}

async function callFinish(
  pool: pg.Pool,
  { sessionId, turnId, workerId, epoch }: Claim,
  state: FinalState,
  errorCode: string | null,
  head: Head,
  rows: UnplacedRow[],
): Promise<Answer> {
  const values = [
    sessionId,
    turnId,
    workerId,
    epoch,
    state,
    errorCode,
    head.head_seq,
    head.head_hash,
    rows.map((row) => row.body),
    rows.map((row) => row.contentHash),
    rows.map((row) => row.keyId),
    rows.map((row) => row.signature),
    rows.map((row) => row.at),
  ];
  const places = values.map((_, place) => `$${place + 1}`).join();
  const call = { name: 'finish_turn', text: `SELECT * FROM finish_turn(${places})`, values };
  const answer = await givingWay(() => pool.query<Answer>(call));
  return answer.rows[0] as Answer;
}

/** A signed event of a turn, written under its claim. */
export function claimedRow<T extends EventType>(
  signer: Signer,
  claim: Claim,
  type: T,
  body: EventBodies[T],
): UnplacedRow {
  const { sessionId, turnId, epoch } = claim;
  const event = { sessionId, turnId, epoch, type, key: null, body, at: new Date().toISOString() };
  return toRow({ draft: event, signed: true }, signer);
}
