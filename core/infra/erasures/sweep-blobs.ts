import type pg from 'pg';
import type { OldBlobs } from '#core/files/ports.ts';
import type { ArchivedRows } from '../log-archive.ts';

const anyBlob = /"blob":"([0-9a-f]{64})"/g;

/**
 * Removes every blob that nothing names any more: files and payloads of what was erased, older archives and saved
 * workspaces. What was put within `graceMs` may be about to be named. Gives how many.
 */
export async function sweepBlobs(
  pool: pg.Pool,
  blobs: OldBlobs,
  archive: ArchivedRows,
  graceMs: number,
): Promise<number> {
  const old = await blobs.olderThan(graceMs);
  const named = old.length > 0 ? await namedBlobs(pool, archive) : new Set<string>();
  let removed = 0;
  for (const hash of old) if (!named.has(hash) && (await blobs.remove(hash, graceMs))) removed += 1;
  return removed;
}

async function namedBlobs(pool: pg.Pool, archive: ArchivedRows): Promise<Set<string>> {
  const { rows } = await pool.query<{ hash: string }>(
    `SELECT blob AS hash FROM file UNION SELECT blob FROM snapshot UNION SELECT blob FROM log_archive
     UNION SELECT m[1] FROM event, regexp_matches(body, '"blob":"([0-9a-f]{64})"', 'g') AS m`,
  );
  const named = new Set(rows.map(({ hash }) => hash));
  const archived = await pool.query<{ id: string }>('SELECT session_id AS id FROM log_archive');
  for (const { id } of archived.rows)
    for (const { body } of await archive.after(id, 0, Number.POSITIVE_INFINITY))
      for (const [, hash] of body.matchAll(anyBlob)) if (hash) named.add(hash);
  return named;
}
