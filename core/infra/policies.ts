import { DeckhandError, messageOf } from '#core/errors.ts';
import { newId } from '#core/ids.ts';
import { addRule } from '#core/policy/add-rule.ts';
import { defaultSystemPolicy } from '#core/policy/default-system.ts';
import type { Policy } from '#core/policy/document.ts';
import { parsePolicy } from '#core/policy/parse.ts';
import type { NewProposal, Policies, PolicyOwner, PolicyVersion } from '#core/policy/ports.ts';
import type { Templates } from '#core/templates/ports.ts';
import { type Database, type Queryable, transaction } from './database.ts';
import { openProposals } from './policy-proposals.ts';

interface Row {
  layer: PolicyOwner['layer'];
  owner: string;
  version: number;
  text: string;
  created_by: string;
  created_by_name: string | null;
  created_at: Date;
}

const select = `SELECT p.layer, p.owner, p.version, p.text, p.created_by, u.name AS created_by_name, p.created_at
  FROM policy p LEFT JOIN "user" u ON u.id = p.created_by`;
const system: PolicyOwner = { layer: 'system', owner: '' };
const shipped: PolicyVersion = {
  ...system,
  version: 0,
  text: defaultSystemPolicy,
  savedBy: null,
  savedAt: null,
};
/** Documents that were read stay read: a version never changes. */
const maxRead = 1000;

/** Policies on Postgres; a template's come with the template. */
export function openPolicies(database: Database, templates: Pick<Templates, 'resolve'>): Policies {
  const { pool } = database;
  const proposals = openProposals(database);
  const read = new Map<string, Policy>();

  async function current(db: Queryable, of: PolicyOwner): Promise<PolicyVersion | null> {
    const { rows } = await db.query<Row>(
      `${select} WHERE p.layer = $1 AND p.owner = $2 ORDER BY p.version DESC LIMIT 1`,
      [of.layer, of.owner],
    );
    if (rows[0]) return toVersion(rows[0]);
    return of.layer === 'system' ? shipped : null;
  }

  /** Parsed once for each version. */
  function parsed({ layer, owner, version, text }: PolicyVersion): Policy {
    const key = `${layer}/${owner}/${version}`;
    const known = read.get(key);
    if (known) return known;
    try {
      const policy = parsePolicy(text, { layer, version, ranges: 'any' });
      if (read.size >= maxRead) read.clear();
      read.set(key, policy);
      return policy;
    } catch (cause) {
      throw new DeckhandError(
        'policy_unreadable',
        `The ${layer} policy, version ${version}, cannot be read any more, so nothing is allowed. Save it anew. ${messageOf(cause)}`,
        { blame: 'policy', cause },
      );
    }
  }

  /** @throws {DeckhandError} `policy_invalid`, `policy_changed` */
  async function save(db: Queryable, of: PolicyOwner, text: string, by: string, after?: number) {
    // Writers of one document come one after another.
    await db.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `policy:${of.layer}:${of.owner}`,
    ]);
    const before = await current(db, of);
    const version = (before?.version ?? 0) + 1;
    await check(db, of, text);
    if (after !== undefined && after !== (before?.version ?? 0)) throw changed(before?.version ?? 0);
    if (before?.text === text) return before;
    await db.query(
      'INSERT INTO policy (layer, owner, version, text, created_by) VALUES ($1, $2, $3, $4, $5)',
      [of.layer, of.owner, version, text, by],
    );
    return (await current(db, of)) as PolicyVersion;
  }

  /** As it would be read if it were saved now. */
  async function check(db: Queryable, of: PolicyOwner, text: string): Promise<void> {
    parsePolicy(text, { layer: of.layer, version: 0, ranges: await rangesFor(db) });
  }

  async function rangesFor(db: Queryable): Promise<string[]> {
    return Object.keys(parsed((await current(db, system)) ?? shipped).ranges);
  }

  /** The document that a proposal asks for, as things stand now. */
  async function proposedText(
    db: Queryable,
    { layer, owner, change }: Pick<NewProposal, 'layer' | 'owner' | 'change'>,
  ) {
    if ('text' in change) return change.text;
    const base = (await current(db, { layer, owner }))?.text ?? 'format: 1\n';
    return addRule(base, change.rule, { layer, version: 0, ranges: await rangesFor(db) });
  }

  return {
    async layersFor({ workspaceId, userId, sessionId }) {
      const [{ rows }, narrowing] = await Promise.all([
        pool.query<Row>(
          `SELECT DISTINCT ON (p.layer) p.*, NULL AS created_by_name FROM policy p
           WHERE (p.layer, p.owner) IN (('system', ''), ('workspace', $1), ('user', $2))
           ORDER BY p.layer, p.version DESC`,
          [workspaceId, userId],
        ),
        templateOf(pool, sessionId).then(async (name) =>
          name === null ? [] : (await templates.resolve(name, { workspaceId, userId })).template.policies,
        ),
      ]);
      const stored = rows.map(toVersion);
      const versions = stored.some(({ layer }) => layer === 'system') ? stored : [shipped, ...stored];
      return [...versions.map(parsed), ...narrowing];
    },

    current: (of) => current(pool, of),

    async history(of, limit) {
      const { rows } = await pool.query<Row>(
        `${select} WHERE p.layer = $1 AND p.owner = $2 ORDER BY p.version DESC LIMIT $3`,
        [of.layer, of.owner, limit],
      );
      const versions = rows.map(toVersion);
      const whole = of.layer === 'system' && versions.length < limit;
      return whole ? [...versions, shipped] : versions;
    },

    save: (of, text, by, after) => transaction(pool, (db) => save(db, of, text, by, after)),

    revert: (of, version, by) =>
      transaction(pool, async (db) => {
        const { rows } = await db.query<Row>(
          `${select} WHERE p.layer = $1 AND p.owner = $2 AND p.version = $3`,
          [of.layer, of.owner, version],
        );
        const found = rows[0]?.text ?? (of.layer === 'system' && version === 0 ? shipped.text : undefined);
        if (found !== undefined) return await save(db, of, found, by);
        throw new DeckhandError('policy_missing', `The ${of.layer} policy has no version ${version}.`, {
          blame: 'asker',
        });
      }),

    async propose(proposal) {
      await check(pool, proposal, await proposedText(pool, proposal));
      return proposals.insert(newId('ppl'), proposal);
    },
    proposal: proposals.byId,
    openProposals: proposals.open,
    proposedText: (of) => proposedText(pool, of),
    drop: (proposalId, by) => proposals.settle(pool, proposalId, 'dropped', by, null),

    apply: (proposalId, by) =>
      transaction(pool, async (db) => {
        const proposal = await proposals.lock(db, proposalId);
        if (proposal?.state !== 'open') {
          throw new DeckhandError(
            'proposal_settled',
            proposal ? `This proposal was already ${proposal.state}.` : 'There is no such proposal.',
            { blame: 'asker' },
          );
        }
        const saved = await save(db, proposal, await proposedText(db, proposal), by);
        await proposals.settle(db, proposalId, 'applied', by, saved.version);
        return saved;
      }),
  };
}

async function templateOf(db: Queryable, sessionId: string): Promise<string | null> {
  const { rows } = await db.query<{ template: string }>('SELECT template FROM session WHERE id = $1', [
    sessionId,
  ]);
  return rows[0]?.template ?? null;
}

function toVersion(row: Row): PolicyVersion {
  const { layer, owner, version, text } = row;
  const savedBy = { userId: row.created_by, name: row.created_by_name ?? row.created_by };
  return { layer, owner, version, text, savedBy, savedAt: row.created_at.toISOString() };
}

function changed(version: number): DeckhandError {
  return new DeckhandError(
    'policy_changed',
    `This policy was changed while you edited it: version ${version} holds now. Look at it, then save yours again.`,
    { blame: 'asker' },
  );
}
