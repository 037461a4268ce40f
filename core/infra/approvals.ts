import type { ApprovalFacts, Approvals } from '#core/approvals/ports.ts';
import type { ApprovalRequest, ApprovalScope, ApprovalState } from '#core/approvals/types.ts';
import { fenced, toRow } from '#core/events/appender.ts';
import { canonical } from '#core/events/canonical.ts';
import type { Signer } from '#core/events/signing.ts';
import type { EventBodies, Person } from '#core/events/types.ts';
import { newId } from '#core/ids.ts';
import { type Database, type Queryable, transaction } from './database.ts';
import { moveRest } from './egress/move-rest.ts';
import { appendRows } from './event-rows.ts';

interface Row {
  id: string;
  session_id: string;
  turn_id: string;
  author_id: string;
  effect_key: string;
  fingerprint: string;
  request: string;
  revision: number;
  state: ApprovalState;
  scope: ApprovalScope | null;
  decided_by: string | null;
  decided_at: Date | null;
  expires_at: Date;
  created_at: Date;
}

const select = 'SELECT a.*, t.author_id FROM approval a JOIN turn t ON t.id = a.turn_id';

/** Approvals on Postgres: claimed in the database first, shown afterwards (I7). */
export function openApprovals(database: Database, signer: Signer): Approvals {
  const { pool } = database;

  /** Writes the answer's event and makes the turn ready. Call with the session locked. */
  async function settle(
    db: Queryable,
    approval: ApprovalFacts,
    decided: EventBodies['approval.decided'],
  ): Promise<void> {
    const { sessionId, turnId } = approval;
    const draft = {
      sessionId,
      turnId,
      epoch: null,
      type: 'approval.decided' as const,
      key: approval.effectKey,
    };
    await appendRows(db, [
      toRow({ draft: { ...draft, body: decided, at: new Date().toISOString() }, signed: true }, signer),
    ]);
    await db.query(`UPDATE turn SET woken = true WHERE id = $1 AND state = 'waiting'`, [turnId]);
    await db.query('SELECT make_ready($1)', [sessionId]);
  }

  async function lock(db: Queryable, approvalId: string): Promise<void> {
    await db.query(
      'SELECT 1 FROM session WHERE id = (SELECT session_id FROM approval WHERE id = $1) FOR NO KEY UPDATE',
      [approvalId],
    );
    await db.query('SELECT lock_lanes(ARRAY[session_id]) FROM approval WHERE id = $1', [approvalId]);
  }

  return {
    open: (claim, effectKey, fingerprint, request, lifeMs) =>
      transaction(pool, async (db) => {
        const { rows } = await db.query<{ epoch: number }>(
          'SELECT epoch FROM session WHERE id = $1 FOR NO KEY UPDATE',
          [claim.sessionId],
        );
        if (rows[0]?.epoch !== claim.epoch) throw fenced();
        const [known] = await read(db, 'WHERE a.turn_id = $1 AND a.effect_key = $2', [
          claim.turnId,
          effectKey,
        ]);
        if (known) return known;
        const id = newId('apr');
        const now = new Date();
        const expiresAt = new Date(now.getTime() + lifeMs);
        await db.query(
          `INSERT INTO approval (id, session_id, turn_id, effect_key, kind, fingerprint, request, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [
            id,
            claim.sessionId,
            claim.turnId,
            effectKey,
            request.kind,
            fingerprint,
            canonical(request),
            expiresAt,
          ],
        );
        const { sessionId, turnId, epoch } = claim;
        const body = { approvalId: id, request, fingerprint, expiresAt: expiresAt.toISOString() };
        const draft = { sessionId, turnId, epoch, type: 'approval.opened' as const, key: effectKey, body };
        await appendRows(db, [toRow({ draft: { ...draft, at: now.toISOString() }, signed: true }, signer)]);
        return (await read(db, 'WHERE a.id = $1', [id]))[0] as ApprovalFacts;
      }),

    byId: async (approvalId) => (await read(pool, 'WHERE a.id = $1', [approvalId]))[0] ?? null,
    ofTurn: (turnId) =>
      read(pool, 'WHERE a.turn_id = $1 ORDER BY a.created_at, a.id', [turnId], 'approvals_of_turn'),
    list: ({ settled, seenBy, sessionId, after, limit }) =>
      read(
        pool,
        `JOIN session s ON s.id = a.session_id WHERE (a.state <> 'open') = $1
           AND ($2::text IS NULL OR s.platform = 'console' OR s.owner_id = $2)
           AND ($3::text IS NULL OR a.session_id = $3)
           AND ($4::timestamptz IS NULL OR (a.created_at, a.id) ${settled ? '<' : '>'} ($4, $5))
         ORDER BY a.created_at ${settled ? 'DESC' : 'ASC'}, a.id ${settled ? 'DESC' : 'ASC'} LIMIT $6`,
        [settled, seenBy, sessionId, after?.createdAt, after?.approvalId, limit].map(
          (value) => value ?? null,
        ),
      ),
    listOpen: (limit) => read(pool, `WHERE a.state = 'open' ORDER BY a.created_at, a.id LIMIT $1`, [limit]),
    grantedInThread: async (sessionId, authorId, fingerprint) => {
      const rest = `WHERE a.session_id = $1 AND t.author_id = $2 AND a.fingerprint = $3 AND a.state = 'granted'
        AND a.scope IN ('thread','always') LIMIT 1`;
      return (await read(pool, rest, [sessionId, authorId, fingerprint]))[0] ?? null;
    },

    decide: (approvalId, decision) =>
      transaction(pool, async (db) => {
        await lock(db, approvalId);
        const { rowCount } = await db.query(
          `UPDATE approval SET state = $2, scope = $3, decided_by = $4, decided_at = now(), decided_revision = $5
           WHERE id = $1 AND state = 'open' AND expires_at > now()
             AND (revision = $5 OR (kind = 'host' AND $5 BETWEEN 1 AND revision))`,
          [
            approvalId,
            decision.grant ? 'granted' : 'denied',
            decision.grant ? decision.scope : null,
            canonical(decision.by),
            decision.revision,
          ],
        );
        const [now] = await read(db, 'WHERE a.id = $1', [approvalId]);
        if (!now) return null;
        if (rowCount === 1) {
          const state = decision.grant ? 'granted' : 'denied';
          const { revision } = decision;
          await settle(db, now, { approvalId, state, scope: now.scope, by: decision.by, revision });
          if (revision < now.revision) await moveRest(db, now, revision, signer);
        }
        return { changed: rowCount === 1, now };
      }),

    expire: async () => {
      const due = await read(
        pool,
        `WHERE a.state = 'open' AND a.expires_at <= now() ORDER BY a.expires_at LIMIT 100`,
        [],
      );
      for (const approval of due) {
        await transaction(pool, async (db) => {
          await lock(db, approval.approvalId);
          const { rowCount } = await db.query(
            `UPDATE approval SET state = 'expired', decided_at = now() WHERE id = $1 AND state = 'open'`,
            [approval.approvalId],
          );
          const { approvalId } = approval;
          if (rowCount === 1)
            await settle(db, approval, { approvalId, state: 'expired', scope: null, by: null });
        });
      }
      return due.map((approval) => approval.sessionId);
    },
  };
}

/** Under a `name`, the plan is made once for each connection. */
async function read(db: Queryable, rest: string, values: unknown[], name?: string): Promise<ApprovalFacts[]> {
  const text = `${select} ${rest}`;
  return (await db.query<Row>(name ? { name, text, values } : { text, values })).rows.map(toFacts);
}

function toFacts(row: Row): ApprovalFacts {
  return {
    approvalId: row.id,
    sessionId: row.session_id,
    turnId: row.turn_id,
    authorId: row.author_id,
    effectKey: row.effect_key,
    fingerprint: row.fingerprint,
    request: JSON.parse(row.request) as ApprovalRequest,
    revision: row.revision,
    state: row.state,
    scope: row.scope,
    decidedBy: row.decided_by ? (JSON.parse(row.decided_by) as Person) : null,
    decidedAt: row.decided_at?.toISOString() ?? null,
    expiresAt: row.expires_at.toISOString(),
    createdAt: row.created_at.toISOString(),
  };
}
