import type { Asked, Grant, HostAsks, HostQuestion, ItemState } from '#core/approvals/host-asks.ts';
import { groupFingerprint, hostRequest, maxListed } from '#core/approvals/host-request.ts';
import type { ApprovalRequest, ApprovalState } from '#core/approvals/types.ts';
import { toRow } from '#core/events/appender.ts';
import { canonical } from '#core/events/canonical.ts';
import type { Signer } from '#core/events/signing.ts';
import type { EventBodies, EventType, Person } from '#core/events/types.ts';
import { newId } from '#core/ids.ts';
import type { Fence } from '#core/secrets/leases.ts';
import { type Database, type Queryable, transaction } from '../database.ts';
import { appendRows } from '../event-rows.ts';
import { beginRequests } from './begin-requests.ts';

/** Open questions of one turn: beyond this the door refuses at once. */
const maxOpenCards = 20;

interface CardRow {
  id: string;
  effect_key: string;
  revision: number;
  request: string;
  lines: string[];
}

interface ItemRow {
  id: string;
  approval_id: string;
  state: ApprovalState;
  decided_by: string | null;
  revision: number;
  decided_revision: number | null;
  used: boolean;
  held: boolean;
}

/** Questions of the door on Postgres. Every change is one transaction under the session's lock. */
export function openHostAsks({ pool }: Database, signer: Signer): HostAsks {
  /** Writers without a claim pass no epoch: the fence is checked here, under the lock that the append takes. */
  async function standsLocked(db: Queryable, { sessionId, turnId, epoch }: Fence): Promise<boolean> {
    const { rows } = await db.query<{ stands: boolean }>(
      `SELECT s.epoch = $2 AND t.epoch = $2 AND t.state = 'running' AND t.stop_requested_by IS NULL AS stands
       FROM session s JOIN turn t ON t.id = $3 AND t.session_id = s.id WHERE s.id = $1 FOR NO KEY UPDATE OF s`,
      [sessionId, epoch, turnId],
    );
    return rows[0]?.stands ?? false;
  }

  async function write<T extends EventType>(
    db: Queryable,
    { sessionId, turnId }: Fence,
    type: T,
    key: string | null,
    body: EventBodies[T],
  ): Promise<void> {
    const draft = { sessionId, turnId, epoch: null, type, key, body, at: new Date().toISOString() };
    await appendRows(db, [toRow({ draft, signed: true }, signer)]);
  }

  /** What people have said about it before. */
  async function standing(db: Queryable, question: HostQuestion): Promise<Asked | null> {
    const { sessionId, turnId, authorId, group, fingerprint, holdMs } = question;
    const thread = await db.query<{ id: string; decided_by: string | null }>(
      `SELECT a.id, a.decided_by FROM approval a JOIN turn t ON t.id = a.turn_id
       WHERE a.session_id = $1 AND a.fingerprint = $2 AND a.state = 'granted' AND t.author_id = $3
         AND a.scope IN ('thread','always') LIMIT 1`,
      [sessionId, groupFingerprint(group), authorId],
    );
    const [wide] = thread.rows;
    if (wide) return { kind: 'granted', grant: grantOf(wide.id, wide.decided_by), itemId: null };

    const { rows } = await db.query<ItemRow>(
      `SELECT i.id, i.approval_id, a.state, a.decided_by, i.revision, a.decided_revision,
         i.used_at IS NOT NULL AS used, i.held_until > now() AS held
       FROM approval_item i JOIN approval a ON a.id = i.approval_id
       WHERE a.turn_id = $1 AND i.fingerprint = $2 ORDER BY i.id`,
      [turnId, fingerprint],
    );
    // An answer that came after its hold frees the retry, once.
    const free = rows.find((row) => row.state === 'granted' && !row.used && !row.held);
    if (free) return { kind: 'granted', grant: grantOf(free.approval_id, free.decided_by), itemId: free.id };
    const refused = rows.find((row) => row.state === 'denied');
    if (refused) return { kind: 'denied', by: personOf(refused.decided_by) };
    const waiting = rows.find((row) => row.state === 'open' && !row.held);
    if (!waiting) return null;
    await db.query(
      `UPDATE approval_item SET held_until = now() + $2 * interval '1 millisecond' WHERE id = $1`,
      [waiting.id, holdMs],
    );
    return { kind: 'asked', itemId: waiting.id, approvalId: waiting.approval_id };
  }

  async function openCard(db: Queryable, question: HostQuestion): Promise<string | null> {
    const { sessionId, turnId, group, line, why, lifeMs } = question;
    const key = `host:${group.method}:${group.host}:${group.port}:${group.secret?.secretId ?? '-'}`;
    const { rows } = await db.query<{ same: number; open: number }>(
      `SELECT count(*) FILTER (WHERE effect_key LIKE $2)::int AS same,
         count(*) FILTER (WHERE kind = 'host' AND state = 'open')::int AS open FROM approval WHERE turn_id = $1`,
      [turnId, `${key.replace(/[\\%_]/g, '\\$&')}#%`],
    );
    const { same = 0, open = 0 } = rows[0] ?? {};
    if (open >= maxOpenCards) return null;
    const id = newId('apr');
    const effectKey = `${key}#${same + 1}`;
    const request = hostRequest(group, [line], why);
    const fingerprint = groupFingerprint(group);
    const expiresAt = new Date(Date.now() + lifeMs);
    await db.query(
      `INSERT INTO approval (id, session_id, turn_id, effect_key, kind, fingerprint, request, expires_at)
       VALUES ($1, $2, $3, $4, 'host', $5, $6, $7)`,
      [id, sessionId, turnId, effectKey, fingerprint, canonical(request), expiresAt],
    );
    await write(db, question, 'approval.opened', effectKey, {
      approvalId: id,
      request,
      fingerprint,
      expiresAt: expiresAt.toISOString(),
    });
    return id;
  }

  /** Adds it to the group's open card. Null: there is none with room. */
  async function growCard(db: Queryable, question: HostQuestion) {
    const { turnId, group, line, why } = question;
    const { rows } = await db.query<CardRow>(
      `SELECT a.id, a.effect_key, a.revision, a.request,
         (SELECT array_agg(i.line ORDER BY i.revision, i.id) FROM approval_item i WHERE i.approval_id = a.id) AS lines
       FROM approval a WHERE a.turn_id = $1 AND a.fingerprint = $2 AND a.state = 'open' AND a.expires_at > now()`,
      [turnId, groupFingerprint(group)],
    );
    const card = rows.find(({ lines }) => lines.length < maxListed);
    if (!card) return null;
    const revision = card.revision + 1;
    const request = hostRequest(group, [...card.lines, line], why ?? reasonOf(card));
    await db.query('UPDATE approval SET revision = $2, request = $3 WHERE id = $1', [
      card.id,
      revision,
      canonical(request),
    ]);
    await write(db, question, 'approval.grown', card.effect_key, { approvalId: card.id, request, revision });
    return { approvalId: card.id, revision };
  }

  return {
    ask: (question) =>
      transaction<Asked>(pool, async (db) => {
        if (!(await standsLocked(db, question))) return { kind: 'fenced' };
        const known = await standing(db, question);
        if (known) return known;
        const grown = await growCard(db, question);
        const approvalId = grown?.approvalId ?? (await openCard(db, question));
        if (approvalId === null) return { kind: 'full' };
        const itemId = newId('itm');
        await db.query(
          `INSERT INTO approval_item (id, approval_id, fingerprint, line, revision, held_until)
           VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond')`,
          [itemId, approvalId, question.fingerprint, question.line, grown?.revision ?? 1, question.holdMs],
        );
        return { kind: 'asked', itemId, approvalId };
      }),

    look: async (itemIds, holdMs) => {
      const { rows } = await pool.query<ItemRow>(
        `UPDATE approval_item i SET held_until = now() + $2 * interval '1 millisecond' FROM approval a
         WHERE a.id = i.approval_id AND i.id = ANY($1)
         RETURNING i.id, i.approval_id, a.state, a.decided_by`,
        [itemIds, holdMs],
      );
      return new Map(rows.map((row) => [row.id, itemState(row)]));
    },

    release: async (itemId) => {
      await pool.query('UPDATE approval_item SET held_until = now() WHERE id = $1', [itemId]);
    },

    begin: beginRequests(pool, signer),
  };
}

/** What was said once still holds for those who came first. */
function reasonOf({ request }: CardRow): string | null {
  return (JSON.parse(request) as ApprovalRequest).why;
}

function itemState(row: ItemRow): ItemState {
  switch (row.state) {
    case 'open':
    case 'expired':
      return { kind: row.state };
    case 'granted':
      return { kind: 'granted', grant: grantOf(row.approval_id, row.decided_by) };
    case 'denied':
      return { kind: 'denied', by: personOf(row.decided_by) };
  }
}

function grantOf(approvalId: string, by: string | null): Grant {
  return { approvalId, by: personOf(by) };
}

function personOf(text: string | null): Person | null {
  return text ? (JSON.parse(text) as Person) : null;
}
