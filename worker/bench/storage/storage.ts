import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openCore } from '#core/infra/open-core.ts';
import { sayAccepted } from '#core/testing/core.ts';
import { until } from '#core/testing/until.ts';
import { isFinal } from '#core/turns/state.ts';
import { FakeHost } from '#worker/sandbox/fake.ts';
import { startTestWorker } from '#worker/testing/worker.ts';
import { openGround } from '../ground.ts';
import { atMost, type Found, rounded, told } from '../metric.ts';

const sessions = 20;
/** Of each session. The first call of a thread is told least: the log of a turn grows with what is told. */
const turns = 10;
const slots = 8;
const withinMs = 300_000;
/** The tables that grow with every turn, and what in them is kept for ever. */
const tables = ['event', 'effect', 'turn', 'post', 'session', 'model_usage', 'log_archive'];

/** What a turn with one command leaves in the database and the blob store, and what of it once its log is archived. */
export async function benchStorage(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const ground = await openGround(owned);
  const { plainUrl: databaseUrl, home } = ground;
  const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'bench' });
  owned.defer(() => core.close());
  const { pool } = core.database;
  const size = async (names: string[]) => {
    // Room that deleted rows have left is not growth.
    await pool.query(`VACUUM FULL ${names.join(', ')}`);
    const { rows } = await pool.query<{ bytes: string }>(
      'SELECT sum(pg_total_relation_size(name::regclass)) AS bytes FROM unnest($1::text[]) name',
      [names],
    );
    return Number(rows[0]?.bytes);
  };
  const before = await size(tables);
  const emptyLog = await size(['event']);
  const releases = { after: (release: () => Promise<void>) => void owned.defer(release) };
  const worker = await startTestWorker(releases, { ...core, databaseUrl, home }, new FakeHost(), { slots });
  say(`${sessions * turns} turns with a command each`);
  for (let turn = 0; turn < turns; turn += 1) {
    const asked = await Promise.all(
      Array.from({ length: sessions }, (_, thread) =>
        sayAccepted(core, `thread ${thread}`, {
          text: `$ echo ${turn} of ${thread}`,
          by: `person ${thread}`,
        }),
      ),
    );
    for (const { sessionId } of asked) await core.bell.ring(sessionId);
    await until(
      async () => {
        const { rows } = await pool.query<{ state: Parameters<typeof isFinal>[0] }>(
          'SELECT state FROM turn WHERE id = ANY($1)',
          [asked.map(({ turnId }) => turnId)],
        );
        return rows.every(({ state }) => isFinal(state)) ? true : null;
      },
      'the turns',
      withinMs,
    );
  }
  await worker.stop();
  const perTurn = (bytes: number) => rounded(bytes / (sessions * turns) / 1024);
  const { rows } = await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM event');
  const grown = (await size(tables)) - before;
  const log = (await size(['event'])) - emptyLog;
  const blobs = bytesIn(join(home, 'blobs'));

  say('their logs are archived');
  await pool.query(`UPDATE session SET shown_seq = head_seq, updated_at = now() - interval '40 days'`);
  let archived = 0;
  for (let some = 1; some > 0; archived += some) some = await core.logArchive.archiveIdle(30);
  if (archived !== sessions) throw new Error(`${archived} of ${sessions} logs were archived`);
  const left = (await size(tables)) - before;
  const packed = bytesIn(join(home, 'blobs')) - blobs;
  return [
    told({
      metric: 'events of a turn',
      value: rounded((rows[0]?.n ?? 0) / (sessions * turns)),
      unit: 'rows',
    }),
    told({ metric: 'database, per turn', value: perTurn(grown), unit: 'KiB' }),
    told({ metric: 'of that the log', value: perTurn(log), unit: 'KiB' }),
    told({ metric: 'payloads in the blob store, per turn', value: perTurn(blobs), unit: 'KiB' }),
    told({ metric: 'database, per turn once archived', value: perTurn(left), unit: 'KiB' }),
    told({ metric: 'archive in the blob store, per turn', value: perTurn(packed), unit: 'KiB' }),
    atMost(
      { metric: 'archived against kept in the table', value: rounded((left + packed) / grown), unit: '×' },
      0.5,
    ),
  ];
}

function bytesIn(folder: string): number {
  return globSync(join(folder, '*/*')).reduce((sum, file) => sum + statSync(file).size, 0);
}
