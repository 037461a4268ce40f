import pg from 'pg';

const forMs = 2_000;
const insert = {
  name: 'floor',
  text: `INSERT INTO floor (session_id, seq, turn_id, epoch, type, body, content_hash, prev_hash, hash, at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
};

/** What the machine does with the least of journals: one row, one commit, one writer. @returns commits a second */
export async function measureFloor(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('CREATE TABLE floor (LIKE event INCLUDING INDEXES)');
    const hash = 'f'.repeat(64);
    const body = JSON.stringify({ kind: 'command', title: '$ true', request: { inline: { cmd: 'true' } } });
    const began = performance.now();
    let commits = 0;
    while (performance.now() - began < forMs) {
      commits += 1;
      const values = [
        'ses_floor',
        commits,
        'trn_floor',
        1,
        'effect.intent',
        body,
        hash,
        hash,
        hash,
        '2026-01-01',
      ];
      await client.query({ ...insert, values });
    }
    return (commits / (performance.now() - began)) * 1000;
  } finally {
    await client.end();
  }
}
