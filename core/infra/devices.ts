import type { DeviceOf, DeviceRow, Devices } from '#core/chat/devices-port.ts';
import { type Database, transaction } from './database.ts';

const whose = 'platform = $1 AND account = $2 AND device = $3';
const idOf = ({ platform, account, device }: DeviceOf) => [platform, account, device];

/** Devices on Postgres. */
export function openDevices({ pool }: Database): Devices {
  return {
    version: async (of) => {
      const { rows } = await pool.query<{ version: string }>(
        `SELECT version FROM device WHERE ${whose}`,
        idOf(of),
      );
      return Number(rows[0]?.version ?? 0);
    },

    // One statement sees one state.
    read: async (of) => {
      const { rows } = await pool.query<{ version: string } & DeviceRow>(
        `SELECT d.version, r.store, r.key, r.value FROM device d LEFT JOIN device_row r USING (platform, account, device)
         WHERE ${whose}`,
        idOf(of),
      );
      const [first] = rows;
      if (!first) return null;
      const kept = rows.filter(({ store }) => store !== null);
      return {
        version: Number(first.version),
        rows: kept.map(({ store, key, value }) => ({ store, key, value })),
      };
    },

    write: (of, version, rows, emptied) =>
      transaction(pool, async (client) => {
        const { rowCount } = await client.query(
          version === 0
            ? `INSERT INTO device (platform, account, device, version) VALUES ($1, $2, $3, $4::bigint + 1)
               ON CONFLICT DO NOTHING`
            : `UPDATE device SET version = version + 1 WHERE ${whose} AND version = $4`,
          [...idOf(of), version],
        );
        if (rowCount !== 1) return null;
        if (emptied.length > 0) {
          await client.query(`DELETE FROM device_row WHERE ${whose} AND store = ANY($4)`, [
            ...idOf(of),
            emptied,
          ]);
        }
        const [gone, there] = [rows.filter(({ value }) => !value), rows.filter(({ value }) => value)];
        const columns = (some: DeviceRow[]) => [some.map(({ store }) => store), some.map(({ key }) => key)];
        if (gone.length > 0) {
          await client.query(
            `DELETE FROM device_row r USING unnest($4::text[], $5::bytea[]) AS gone (store, key)
             WHERE ${whose} AND r.store = gone.store AND r.key = gone.key`,
            [...idOf(of), ...columns(gone)],
          );
        }
        if (there.length > 0) {
          await client.query(
            `INSERT INTO device_row (platform, account, device, store, key, value)
             SELECT $1, $2, $3, u.* FROM unnest($4::text[], $5::bytea[], $6::bytea[]) AS u
             ON CONFLICT (platform, account, device, store, key) DO UPDATE SET value = excluded.value`,
            [...idOf(of), ...columns(there), there.map(({ value }) => value)],
          );
        }
        return version + 1;
      }),
  };
}
