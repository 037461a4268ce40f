import { subjectOf } from '#core/approvals/host-request.ts';
import type { ApprovalFacts } from '#core/approvals/ports.ts';
import { toRow } from '#core/events/appender.ts';
import { canonical } from '#core/events/canonical.ts';
import type { Signer } from '#core/events/signing.ts';
import { newId } from '#core/ids.ts';
import type { Queryable } from '../database.ts';
import { appendRows } from '../event-rows.ts';

/**
 * Requests that came onto a card after the revision that was pressed: nobody has been asked about them yet, so they
 * move to a card of their own. Call with the session locked.
 */
export async function moveRest(
  db: Queryable,
  pressed: ApprovalFacts,
  revision: number,
  signer: Signer,
): Promise<void> {
  const { rows } = await db.query<{ id: string; line: string }>(
    'SELECT id, line FROM approval_item WHERE approval_id = $1 AND revision > $2 ORDER BY revision, id',
    [pressed.approvalId, revision],
  );
  if (rows.length === 0) return;
  const left = await db.query<{ line: string }>(
    'SELECT line FROM approval_item WHERE approval_id = $1 AND revision <= $2 ORDER BY revision, id',
    [pressed.approvalId, revision],
  );
  const { sessionId, turnId, fingerprint, expiresAt } = pressed;
  const at = new Date().toISOString();
  const shown = { ...pressed.request, subject: subjectOf(left.rows.map((row) => row.line)) };
  await db.query('UPDATE approval SET request = $2 WHERE id = $1', [pressed.approvalId, canonical(shown)]);
  const approvalId = newId('apr');
  const effectKey = `${pressed.effectKey}+`;
  const request = { ...pressed.request, subject: subjectOf(rows.map((row) => row.line)) };
  await db.query(
    `INSERT INTO approval (id, session_id, turn_id, effect_key, kind, fingerprint, request, expires_at)
     VALUES ($1, $2, $3, $4, 'host', $5, $6, $7)`,
    [approvalId, sessionId, turnId, effectKey, fingerprint, canonical(request), expiresAt],
  );
  await db.query('UPDATE approval_item SET approval_id = $1, revision = 1 WHERE id = ANY($2)', [
    approvalId,
    rows.map((row) => row.id),
  ]);
  const common = { sessionId, turnId, epoch: null, at };
  const shrunk = { approvalId: pressed.approvalId, request: shown, revision: pressed.revision };
  const opened = { approvalId, request, fingerprint, expiresAt };
  await appendRows(db, [
    toRow(
      { draft: { ...common, type: 'approval.grown', key: pressed.effectKey, body: shrunk }, signed: true },
      signer,
    ),
    toRow(
      { draft: { ...common, type: 'approval.opened', key: effectKey, body: opened }, signed: true },
      signer,
    ),
  ]);
}
