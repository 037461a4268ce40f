import type { StoredTemplate, TemplateSlot, TemplateStore } from '#core/templates/ports.ts';
import { type Database, type Queryable, transaction } from './database.ts';

type Row = Omit<StoredTemplate, 'createdAt'> & { createdAt: Date };

const columns = `layer, owner_id AS "ownerId", name, version, text, created_by AS "createdBy",
  created_at AS "createdAt"`;

/** Template versions and choices on Postgres. */
export function openTemplateStore({ pool, prisma }: Database): TemplateStore {
  return {
    newest: async ({ workspaceId, userId }, name) => {
      const { rows } = await pool.query<Row>({
        name: 'newest_templates',
        text: `SELECT DISTINCT ON (layer, name) ${columns} FROM template
          WHERE (layer, owner_id) IN (('system', ''), ('workspace', $1), ('user', $2))
            AND ($3::text IS NULL OR name = $3) ORDER BY layer, name, version DESC`,
        values: [workspaceId, userId, name ?? null],
      });
      return rows.map(stored);
    },
    versions: async ({ layer, ownerId, name }) => {
      const { rows } = await pool.query<Row>(
        `SELECT ${columns} FROM template WHERE layer = $1 AND owner_id = $2 AND name = $3 ORDER BY version DESC`,
        [layer, ownerId, name],
      );
      return rows.map(stored);
    },
    add: (slot, text, by) =>
      transaction(pool, async (db) => {
        await lockSlot(db, slot);
        return addVersion(db, slot, text, by);
      }),
    choose: async ({ workspaceId, channel }, template, by) => {
      const place = { workspaceId, channel: encodeURIComponent((channel ?? '').toWellFormed()) };
      if (template === null) {
        await prisma.templateChoice.deleteMany({ where: place });
        return;
      }
      const chosen = { template, chosenBy: by, chosenAt: new Date() };
      await prisma.templateChoice.upsert({
        where: { workspaceId_channel: place },
        create: { ...place, ...chosen },
        update: chosen,
      });
    },
    choices: async (workspaceId) => {
      const rows = await prisma.templateChoice.findMany({
        where: { workspaceId },
        orderBy: { channel: 'asc' },
      });
      return rows.map(({ channel, template }) => ({
        channel: channel === '' ? null : decodeURIComponent(channel),
        template,
      }));
    },
  };
}

function stored(row: Row): StoredTemplate {
  return { ...row, createdAt: row.createdAt.toISOString() };
}

/** Two that save at once get two versions, one after the other. Gives the newest one's number; 0: none. */
export async function lockSlot(db: Queryable, { layer, ownerId, name }: TemplateSlot): Promise<number> {
  await db.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `template/${layer}/${ownerId}/${name}`,
  ]);
  const { rows } = await db.query<{ version: number }>(
    'SELECT coalesce(max(version), 0) AS version FROM template WHERE layer = $1 AND owner_id = $2 AND name = $3',
    [layer, ownerId, name],
  );
  return rows[0]?.version ?? 0;
}

/** Call with the slot locked. */
export async function addVersion(
  db: Queryable,
  { layer, ownerId, name }: TemplateSlot,
  text: string | null,
  by: string,
): Promise<number> {
  const { rows } = await db.query<{ version: number }>(
    `INSERT INTO template (layer, owner_id, name, version, text, created_by)
     SELECT $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5 FROM template
     WHERE layer = $1 AND owner_id = $2 AND name = $3 RETURNING version`,
    [layer, ownerId, name, text, by],
  );
  return rows[0]?.version ?? 0;
}
