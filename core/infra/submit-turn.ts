import type pg from 'pg';
import { formatThreadRef } from '#core/chat/thread-ref.ts';
import { DeckhandError } from '#core/errors.ts';
import { toRow } from '#core/events/appender.ts';
import { wellFormed, wellFormedDeep } from '#core/events/canonical.ts';
import { genesisHash } from '#core/events/chain.ts';
import type { Signer } from '#core/events/signing.ts';
import type { FileRef } from '#core/events/types.ts';
import { newId } from '#core/ids.ts';
import type { Submitted, TurnRequest } from '#core/turns/ports.ts';
import { givingWay } from './database.ts';
import { nameApart } from './file-names.ts';

interface Answer {
  outcome: Submitted['kind'] | 'stale';
  session_now: string;
  turn_now: string;
  places: number;
}

/** What `submit_turn` raises for a file that is not its author's to send. */
const fileTaken = 'DH001';

/**
 * One message, one turn (I2), by one call of `submit_turn`. The first event names its session and its files, and is signed
 * before it is written. A message that may open a thread is taken to open it; where the thread has a session, or other
 * files of those names came meanwhile, the event is made anew.
 */
export async function submitTurn(pool: pg.Pool, signer: Signer, request: TurnRequest): Promise<Submitted> {
  const thread = formatThreadRef(request.thread);
  const known = request.opens ? null : await sessionOf(pool, thread);
  for (let session = known ?? newId('ses'); ; ) {
    const answer = await callSubmit(pool, signer, request, thread, session);
    const { outcome, session_now: sessionId, turn_now: turnId, places } = answer;
    if (outcome === 'stale') session = sessionId;
    else if (outcome === 'queue_full') return { kind: outcome, waiting: places };
    else if (outcome === 'no_session') return { kind: outcome };
    else return { kind: outcome, sessionId, turnId, ahead: outcome === 'duplicate' ? 0 : places };
  }
}

async function sessionOf(pool: pg.Pool, thread: string): Promise<string | null> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'session_of_thread',
    text: 'SELECT id FROM session WHERE thread_ref = $1',
    values: [thread],
  });
  return rows[0]?.id ?? null;
}

async function callSubmit(
  pool: pg.Pool,
  signer: Signer,
  request: TurnRequest,
  thread: string,
  sessionId: string,
): Promise<Answer> {
  const { author, eventId, sentAt, quoted = [] } = request;
  const files = await namedApart(pool, sessionId, request.files);
  const { platform } = request.thread;
  const text = wellFormed(request.text);
  const turnId = newId('trn');
  const context = quoted.length > 0 ? { quoted } : {};
  const body = wellFormedDeep({ author, text, files, platform, eventId, sentAt, ...context });
  const at = new Date().toISOString();
  const draft = { sessionId, turnId, epoch: null, type: 'turn.submitted' as const, key: null, body, at };
  const row = toRow({ draft, signed: true }, signer);
  const values = [
    sessionId,
    request.opens,
    request.workspaceId,
    platform,
    thread,
    titleOf(text),
    genesisHash(sessionId),
    turnId,
    author.userId,
    eventId,
    text,
    files.map((file) => file.id),
    files.map((file) => file.name),
    request.maxQueued,
    row.body,
    row.contentHash,
    row.keyId,
    row.signature,
    row.at,
  ];
  const places = values.map((_, place) => `$${place + 1}`).join();
  const call = { name: 'submit_turn', text: `SELECT * FROM submit_turn(${places})`, values };
  try {
    const { rows } = await givingWay(() => pool.query<Answer>(call));
    return rows[0] as Answer;
  } catch (error) {
    throw (error as { code?: string }).code === fileTaken ? takenFile(error) : error;
  }
}

/** The message's files under names that no earlier one of the session has: they lie in one folder of its workspace. */
async function namedApart(pool: pg.Pool, sessionId: string, files: FileRef[]): Promise<FileRef[]> {
  if (files.length === 0) return [];
  const { rows } = await pool.query<{ name: string }>(
    `SELECT f.name FROM file f JOIN turn t ON t.id = f.turn_id WHERE t.session_id = $1 AND f.direction = 'in'`,
    [sessionId],
  );
  return nameApart(
    files,
    rows.map(({ name }) => name),
  );
}

function takenFile(cause: unknown): DeckhandError {
  const why = 'A file of this message belongs to another one. Attach it again.';
  return new DeckhandError('file.taken', why, { blame: 'asker', cause });
}

/** The first line of a message, cut to a list's width. */
function titleOf(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length > 80 ? `${line.slice(0, 79).toWellFormed()}…` : line;
}
