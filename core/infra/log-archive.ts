import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { DeckhandError } from '#core/errors.ts';
import type { LogArchive } from '#core/events/archive-port.ts';
import { genesisHash, linkHash } from '#core/events/chain.ts';
import type { LogRow } from '#core/events/log-row.ts';
import type { Head } from '#core/events/verify.ts';
import type { Blobs } from '#core/files/ports.ts';
import { type Database, transaction } from './database.ts';
import { putBackRows, readRows } from './event-rows.ts';

/** What readers of logs ask when rows are not in the table. */
export interface ArchivedRows {
  /** Rows with seq > after, in order; none where the log is not archived. @throws {DeckhandError} `archive.broken` */
  after(sessionId: string, after: number, limit: number): Promise<LogRow[]>;
  ofTurn(turnId: string): Promise<LogRow[]>;
  /** Puts an archived log back into the table: its session goes on. */
  bringBack(sessionId: string): Promise<void>;
}

interface Place {
  sessionId: string;
  head: Head;
  blob: string;
}

const sessionsAtOnce = 20;
const rowsAtOnce = 1_000;
const maxBytes = 4 * 1024 ** 3;

/** Whole logs as JSON Lines, compressed, in the blob store; where each lies and what its head is stands in `log_archive`. */
export function openLogArchive({ pool }: Database, blobs: Blobs): LogArchive & ArchivedRows {
  /** A long log is read page by page: the last one read is kept for the next page. */
  let last: { blob: string; rows: LogRow[] } | null = null;

  const places = async (where: string, value: string): Promise<Place[]> => {
    const { rows } = await pool.query<{ id: string; seq: number; hash: string; blob: string }>(
      `SELECT session_id AS id, up_to AS seq, head_hash AS hash, blob FROM log_archive WHERE ${where}`,
      [value],
    );
    return rows.map(({ id, seq, hash, blob }) => ({ sessionId: id, head: { seq, hash }, blob }));
  };

  const read = async (place: Place): Promise<LogRow[]> => {
    if (last?.blob === place.blob) return last.rows;
    const rows = await unpack(blobs, place);
    last = { blob: place.blob, rows };
    return rows;
  };

  const archive = async (sessionId: string, head: Head): Promise<boolean> => {
    // A failure of the reading ends the writing with it.
    const packed = pipeline(Readable.from(linesOf(sessionId, head)), createZstdCompress(), () => {});
    const { hash: blob, size } = await blobs.put(packed, maxBytes);
    // What is deleted below was read back and is whole.
    await unpack(blobs, { sessionId, head, blob });
    const { rows } = await pool.query<{ done: boolean }>('SELECT archive_log($1, $2, $3, $4, $5) AS done', [
      ...[sessionId, head.seq, head.hash, blob, size],
    ]);
    return rows[0]?.done ?? false;
  };

  async function* linesOf(sessionId: string, head: Head): AsyncGenerator<string> {
    for (let after = 0; after < head.seq; ) {
      const rows = await readRows(pool, sessionId, after, rowsAtOnce);
      for (const row of rows) yield `${JSON.stringify(row)}\n`;
      // Somebody else has archived it meanwhile: what is written is not whole, and is refused when it is read back.
      if (rows.length === 0) return;
      after = rows.at(-1)?.seq ?? head.seq;
    }
  }

  return {
    archiveIdle: async (days) => {
      const { rows } = await pool.query<{ id: string; seq: number; hash: string }>(
        `SELECT s.id, s.head_seq AS seq, s.head_hash AS hash FROM session s
         WHERE s.updated_at < now() - $1 * interval '1 day' AND s.head_seq > 0 AND s.shown_seq >= s.head_seq
           AND NOT EXISTS (SELECT FROM log_archive a WHERE a.session_id = s.id)
           AND NOT EXISTS (SELECT FROM turn t WHERE t.session_id = s.id AND t.state IN ('queued', 'running', 'waiting'))
         ORDER BY s.updated_at LIMIT $2`,
        [days, sessionsAtOnce],
      );
      let archived = 0;
      for (const { id, seq, hash } of rows) if (await archive(id, { seq, hash })) archived += 1;
      return archived;
    },
    after: async (sessionId, after, limit) => {
      const [place] = await places('session_id = $1', sessionId);
      return place && after < place.head.seq ? (await read(place)).slice(after, after + limit) : [];
    },
    ofTurn: async (turnId) => {
      const [place] = await places('session_id = (SELECT session_id FROM turn WHERE id = $1)', turnId);
      return place ? (await read(place)).filter((row) => row.turnId === turnId) : [];
    },
    bringBack: async (sessionId) => {
      const [place] = await places('session_id = $1', sessionId);
      if (!place) return;
      const rows = await read(place);
      await transaction(pool, async (db) => {
        await db.query('SELECT FROM session WHERE id = $1 FOR NO KEY UPDATE', [sessionId]);
        const gone = await db.query('DELETE FROM log_archive WHERE session_id = $1 AND blob = $2', [
          ...[sessionId, place.blob],
        ]);
        // Another process was before us.
        if (gone.rowCount === 0) return;
        for (let from = 0; from < rows.length; from += rowsAtOnce)
          await putBackRows(db, rows.slice(from, from + rowsAtOnce));
      });
    },
  };
}

/** @throws {DeckhandError} `archive.broken` where the blob is missing or its rows do not lead to the head. */
async function unpack(blobs: Blobs, { sessionId, head, blob }: Place): Promise<LogRow[]> {
  const broken = (cause: unknown) =>
    new DeckhandError(
      'archive.broken',
      `The archived log of ${sessionId} is not whole: bring the blob ${blob} back from a backup of DECKHAND_HOME/blobs.`,
      { blame: 'machine', cause },
    );
  let rows: LogRow[];
  try {
    const packed = await blobs.get(blob);
    if (createHash('sha256').update(packed).digest('hex') !== blob) throw new Error('not what its hash says');
    const lines = (await text(Readable.from([packed]).pipe(createZstdDecompress()))).split('\n');
    rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogRow);
  } catch (cause) {
    throw broken(cause);
  }
  const end = rows.reduce(
    (hash, row, place) => (row.prevHash === hash ? linkHash(hash, place + 1, row.contentHash) : ''),
    genesisHash(sessionId),
  );
  if (rows.length !== head.seq || end !== head.hash)
    throw broken(new Error('its rows do not lead to its head'));
  return rows;
}
