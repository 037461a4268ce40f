import pg from 'pg';

const waitMs = 4_000;

/** Has the role been heard of that runs on this host? False for a role that is unknown. @throws when the database does not answer */
export async function roleIsHeard(databaseUrl: string, role: string, host: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: waitMs,
    query_timeout: waitMs,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    if (role === 'worker') {
      const { rowCount } = await client.query(
        `SELECT FROM worker WHERE host = $1 AND seen_at > now() - interval '6 seconds'`,
        [host],
      );
      return rowCount !== 0;
    }
    if (role !== 'egress') return false;
    // From the same address as we: over loopback several may share it, in a container nobody does.
    const { rowCount } = await client.query(
      `SELECT FROM pg_stat_activity WHERE application_name = 'deckhand egress'
         AND client_addr IS NOT DISTINCT FROM inet_client_addr() AND state_change > now() - interval '30 seconds'`,
    );
    return rowCount !== 0;
  } finally {
    await client.end();
  }
}
