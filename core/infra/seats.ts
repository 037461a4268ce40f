import type { Seats } from '#core/live/seats-port.ts';
import type { Database } from './database.ts';

/** Seats on Postgres: its clock decides, whatever the processes' clocks say. */
export function openSeats({ pool }: Database): Seats {
  return {
    hold: async (seat, holder, ms, note) => {
      const { rows } = await pool.query<{ note: string | null }>(
        `INSERT INTO seat (name, holder, held_until, note) VALUES ($1, $2, now() + $3 * interval '1 millisecond', $4)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until,
           note = coalesce(excluded.note, seat.note)
         WHERE seat.holder = excluded.holder OR seat.held_until < now()
         RETURNING note`,
        [seat, holder, ms, note],
      );
      return rows[0] ?? null;
    },
    leave: async (seat, holder) => {
      await pool.query('UPDATE seat SET held_until = now() WHERE name = $1 AND holder = $2', [seat, holder]);
    },
  };
}
