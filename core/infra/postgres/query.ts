import pg from 'pg';

export type Row = Record<string, unknown>;

/** Runs statements one after another on one connection of their own; the rows of the last. For set-up, not for work. */
export async function query(url: string, ...statements: string[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server that goes down tells idle clients so; without a listener that would end this process.
  client.on('error', () => {});
  await client.connect();
  try {
    let rows: Row[] = [];
    for (const statement of statements) rows = (await client.query<Row>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** Quotes a name for SQL. */
export function quoted(name: string): string {
  return pg.escapeIdentifier(name);
}

/** Makes a database when it is not there. */
export async function ensureDatabase(adminUrl: string, name: string): Promise<void> {
  const [found] = await query(
    adminUrl,
    `SELECT 1 FROM pg_database WHERE datname = ${pg.escapeLiteral(name)}`,
  );
  if (!found) await query(adminUrl, `CREATE DATABASE ${quoted(name)}`);
}
