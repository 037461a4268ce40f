import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimHeader, doorFolder, doorPlace, workerSocket } from '#core/doors/place.ts';
import type { Doors, DoorWish, DoorWishes } from '#core/doors/ports.ts';
import { DeckhandError } from '#core/errors.ts';
import { fenced } from '#core/events/appender.ts';
import type { EgressEntry } from '#core/events/egress-entry.ts';
import { refusalText } from '#core/events/egress-log.ts';
import type { Live } from '#core/live/ports.ts';
import type { Database } from '../database.ts';

/** Egress answers in milliseconds; one that is away must not hold a turn up. */
const patienceMs = 5_000;
/** A sandbox cannot be made before its authority is known. */
const authorityMs = 20_000;
const lookMs = [2, 5, 10, 20, 50];

interface DoorSettings {
  home: string;
  /** Who knocks at the sockets: the forwarder's uid. */
  socketUid: number;
}

/** The worker's side of the doors of this host: a row for each, and a folder of sockets shared with egress. */
export function openDoors(database: Database, live: Live, { home, socketUid }: DoorSettings): Doors {
  const { pool } = database;
  const place = doorPlace(home);

  async function until(withinMs: number, ask: () => Promise<boolean>): Promise<boolean> {
    const end = Date.now() + withinMs;
    for (let look = 0; ; look += 1) {
      if (await ask()) return true;
      if (Date.now() > end) return false;
      await sleep(lookMs[Math.min(look, lookMs.length - 1)]);
    }
  }

  const epochOf = async (column: 'open_epoch' | 'closed_epoch', sessionId: string): Promise<number> => {
    const { rows } = await pool.query<{ epoch: number }>(
      `SELECT ${column} AS epoch FROM door WHERE session_id = $1`,
      [sessionId],
    );
    return rows[0]?.epoch ?? 0;
  };

  const authority = async (sessionId: string): Promise<string> => {
    let pem: string | null = null;
    await until(authorityMs, async () => {
      const { rows } = await pool.query<{ authority: string | null }>(
        'SELECT authority FROM door WHERE session_id = $1',
        [sessionId],
      );
      pem = rows[0]?.authority ?? null;
      return pem !== null;
    });
    if (pem !== null) return pem;
    throw new DeckhandError(
      'door_unavailable',
      'The way out of the sandbox is not open: the role egress does not answer. `npm start` runs it; its log says what keeps it.',
      { blame: 'machine', retryable: true },
    );
  };

  return {
    open: async ({ sessionId, turnId, epoch }) => {
      const { rowCount } = await pool.query(
        `INSERT INTO door AS d (session_id, place, socket_uid, turn_id, epoch) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (session_id) DO UPDATE SET place = excluded.place, socket_uid = excluded.socket_uid,
           turn_id = excluded.turn_id, epoch = excluded.epoch, closing = false, asked_at = now(),
           open_epoch = CASE WHEN d.place = excluded.place THEN d.open_epoch ELSE 0 END
         WHERE d.epoch <= excluded.epoch`,
        [sessionId, place, socketUid, turnId, epoch],
      );
      if (rowCount === 0) throw fenced();
      live.publish({ kind: 'door', sessionId });
      await until(patienceMs, async () => (await epochOf('open_epoch', sessionId)) >= epoch);
    },

    close: async ({ sessionId, turnId, epoch }) => {
      const { rowCount } = await pool.query(
        `UPDATE door SET closing = true, epoch = $3 WHERE session_id = $1 AND turn_id = $2 AND epoch <= $3`,
        [sessionId, turnId, epoch],
      );
      if (rowCount === 0) return;
      live.publish({ kind: 'door', sessionId });
      await until(patienceMs, async () => (await epochOf('closed_epoch', sessionId)) >= epoch);
    },

    socketDir: async (sessionId) => {
      const folder = doorFolder(home, sessionId);
      // The parent is closed to other users of the host; the forwarder must be able to pass this one.
      await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
      await mkdir(folder, { recursive: true, mode: 0o755 });
      return folder;
    },

    authority,

    knock: async ({ sessionId, epoch }) => ({
      socketPath: workerSocket(home, sessionId),
      connectHeaders: { [claimHeader]: `${epoch}` },
      authority: await authority(sessionId),
    }),

    mark: async (sessionId) => {
      const { rows } = await pool.query<{ n: number }>('SELECT n FROM egress_head WHERE session_id = $1', [
        sessionId,
      ]);
      return rows[0]?.n ?? 0;
    },

    refusals: async ({ sessionId, turnId }, after, limit) => {
      const { rows } = await pool.query<{ body: string }>(
        `SELECT body FROM egress_log WHERE session_id = $1 AND n > $2 AND refused AND turn_id = $3
         ORDER BY n LIMIT $4`,
        [sessionId, after, turnId, limit],
      );
      return rows.map(({ body }) => refusalText(JSON.parse(body) as EgressEntry));
    },
  };
}

const columns = `session_id AS "sessionId", turn_id AS "turnId", epoch, socket_uid AS "socketUid", closing`;

/** Egress's side of the same rows. */
export function openDoorWishes({ pool }: Database): DoorWishes {
  return {
    pending: async (place) => {
      const { rows } = await pool.query<DoorWish>(
        `SELECT ${columns} FROM door WHERE place = $1 AND
           CASE WHEN closing THEN closed_epoch < epoch ELSE open_epoch < epoch OR authority IS NULL END`,
        [place],
      );
      return rows;
    },
    known: async (place) => {
      const { rows } = await pool.query<DoorWish>(`SELECT ${columns} FROM door WHERE place = $1`, [place]);
      return rows;
    },
    opened: async ({ sessionId, epoch }, authority) => {
      await pool.query(
        'UPDATE door SET open_epoch = greatest(open_epoch, $2), authority = $3 WHERE session_id = $1',
        [sessionId, epoch, authority],
      );
    },
    closed: async ({ sessionId, epoch }) => {
      await pool.query('UPDATE door SET closed_epoch = greatest(closed_epoch, $2) WHERE session_id = $1', [
        sessionId,
        epoch,
      ]);
    },
    retire: async (place, idleMs) => {
      const { rows } = await pool.query<{ session_id: string }>(
        `DELETE FROM door d WHERE d.place = $1 AND d.asked_at < now() - $2 * interval '1 millisecond'
           AND NOT EXISTS (SELECT 1 FROM turn t WHERE t.session_id = d.session_id AND t.state = 'running')
         RETURNING session_id`,
        [place, idleMs],
      );
      return rows.map((row) => row.session_id);
    },
  };
}
