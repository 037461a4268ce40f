import type { NewProposal, Proposal, ProposalState } from '#core/policy/ports.ts';
import type { Database, Queryable } from './database.ts';

interface Row {
  id: string;
  layer: Proposal['layer'];
  owner: string;
  text: string | null;
  rule: string | null;
  why: string;
  proposed_by: string;
  proposed_by_name: string | null;
  proposed_from: string | null;
  proposed_at: Date;
  state: ProposalState;
  decided_by: string | null;
  decided_by_name: string | null;
  decided_at: Date | null;
  applied_version: number | null;
}

const select = `SELECT p.*, b.name AS proposed_by_name, d.name AS decided_by_name FROM policy_proposal p
  LEFT JOIN "user" b ON b.id = p.proposed_by LEFT JOIN "user" d ON d.id = p.decided_by`;

/** Rows of proposals; what applying one means is known to `policies.ts`. */
export function openProposals({ pool }: Database) {
  async function byId(db: Queryable, proposalId: string, lock = ''): Promise<Proposal | null> {
    const { rows } = await db.query<Row>(`${select} WHERE p.id = $1 ${lock}`, [proposalId]);
    return rows[0] ? toProposal(rows[0]) : null;
  }

  return {
    byId: (proposalId: string) => byId(pool, proposalId),
    /** Nobody else settles it until the transaction ends. */
    lock: (db: Queryable, proposalId: string) => byId(db, proposalId, 'FOR UPDATE OF p'),

    async insert(id: string, proposal: NewProposal): Promise<Proposal> {
      const { layer, owner, change, why, by, from } = proposal;
      const [text, rule] = 'text' in change ? [change.text, null] : [null, change.rule];
      await pool.query(
        `INSERT INTO policy_proposal (id, layer, owner, text, rule, why, proposed_by, proposed_from)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [id, layer, owner, text, rule, why, by, from ?? null],
      );
      return (await byId(pool, id)) as Proposal;
    },

    async open(): Promise<Proposal[]> {
      const { rows } = await pool.query<Row>(`${select} WHERE p.state = 'open' ORDER BY p.proposed_at, p.id`);
      return rows.map(toProposal);
    },

    /** False: it was settled before. */
    async settle(
      db: Queryable,
      proposalId: string,
      state: Exclude<ProposalState, 'open'>,
      by: string,
      version: number | null,
    ): Promise<boolean> {
      const { rowCount } = await db.query(
        `UPDATE policy_proposal SET state = $2, decided_by = $3, decided_at = now(), applied_version = $4
         WHERE id = $1 AND state = 'open'`,
        [proposalId, state, by, version],
      );
      return rowCount === 1;
    },
  };
}

function toProposal(row: Row): Proposal {
  return {
    proposalId: row.id,
    layer: row.layer,
    owner: row.owner,
    change: row.text === null ? { rule: row.rule ?? '' } : { text: row.text },
    why: row.why,
    proposedBy: { userId: row.proposed_by, name: row.proposed_by_name ?? row.proposed_by },
    proposedFrom: row.proposed_from,
    proposedAt: row.proposed_at.toISOString(),
    state: row.state,
    decidedBy: row.decided_by
      ? { userId: row.decided_by, name: row.decided_by_name ?? row.decided_by }
      : null,
    decidedAt: row.decided_at?.toISOString() ?? null,
    appliedVersion: row.applied_version,
  };
}
