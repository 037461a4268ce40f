import { DeckhandError } from '#core/errors.ts';
import { newId } from '#core/ids.ts';
import type { TemplateProposal, TemplateProposals } from '#core/templates/ports.ts';
import { type Database, type Queryable, transaction } from './database.ts';
import { addVersion, lockSlot } from './templates.ts';

type Row = Omit<TemplateProposal, 'proposedBy' | 'proposedAt' | 'decidedBy' | 'decidedAt'> & {
  proposedBy: string;
  proposedByName: string | null;
  proposedAt: Date;
  decidedBy: string | null;
  decidedByName: string | null;
  decidedAt: Date | null;
};

const select = `SELECT p.id AS "proposalId", p.layer, p.owner_id AS "ownerId", p.name, p.base, p.text, p.why,
    p.proposed_by AS "proposedBy", b.name AS "proposedByName", p.proposed_at AS "proposedAt", p.state,
    p.decided_by AS "decidedBy", d.name AS "decidedByName", p.decided_at AS "decidedAt",
    p.applied_version AS "appliedVersion"
  FROM template_proposal p LEFT JOIN "user" b ON b.id = p.proposed_by LEFT JOIN "user" d ON d.id = p.decided_by`;

/** Proposed template versions on Postgres. */
export function openTemplateProposals({ pool }: Database): TemplateProposals {
  const byId = async (proposalId: string) => {
    const { rows } = await pool.query<Row>(`${select} WHERE p.id = $1`, [proposalId]);
    return rows[0] ? toProposal(rows[0]) : null;
  };
  return {
    byId,
    propose: async ({ layer, ownerId, name, base, text, why, by }) => {
      const id = newId('tpl');
      await pool.query(
        `INSERT INTO template_proposal (id, layer, owner_id, name, base, text, why, proposed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [id, layer, ownerId, name, base, text, why, by],
      );
      return (await byId(id)) as TemplateProposal;
    },
    open: async () => {
      const { rows } = await pool.query<Row>(`${select} WHERE p.state = 'open' ORDER BY p.proposed_at, p.id`);
      return rows.map(toProposal);
    },
    apply: (proposalId, by) =>
      transaction(pool, async (db) => {
        const found = await byId(proposalId);
        if (!found) throw settled();
        const { text, base } = found;
        const stands = await lockSlot(db, found);
        if (stands !== base) throw changed(base, stands);
        await settle(db, proposalId, 'applied', by, base + 1);
        await addVersion(db, found, text, by);
      }),
    drop: (proposalId, by) => settle(pool, proposalId, 'dropped', by, null),
  };
}

/** @throws {DeckhandError} `proposal_settled` */
async function settle(
  db: Queryable,
  proposalId: string,
  state: 'applied' | 'dropped',
  by: string,
  version: number | null,
): Promise<void> {
  const { rowCount } = await db.query(
    `UPDATE template_proposal SET state = $2, decided_by = $3, decided_at = now(), applied_version = $4
     WHERE id = $1 AND state = 'open'`,
    [proposalId, state, by, version],
  );
  if (rowCount !== 1) throw settled();
}

function settled(): DeckhandError {
  return new DeckhandError(
    'proposal_settled',
    'This proposal has been decided before. Look at it again; your answer changed nothing.',
    { blame: 'asker' },
  );
}

function changed(base: number, stands: number): DeckhandError {
  return new DeckhandError(
    'template.changed',
    `This was written for version ${base}, and version ${stands} holds now. Look at both, and propose it anew.`,
    { blame: 'asker' },
  );
}

function toProposal({ proposedByName, decidedByName, ...row }: Row): TemplateProposal {
  const { proposedBy, proposedAt, decidedBy, decidedAt } = row;
  return {
    ...row,
    proposedBy: { userId: proposedBy, name: proposedByName ?? proposedBy },
    proposedAt: proposedAt.toISOString(),
    decidedBy: decidedBy === null ? null : { userId: decidedBy, name: decidedByName ?? decidedBy },
    decidedAt: decidedAt?.toISOString() ?? null,
  };
}
