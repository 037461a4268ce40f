import { hostname } from 'node:os';
import { readConfig } from '#core/config.ts';
import { roleIsHeard } from '#core/infra/role-health.ts';

/**
 * `node bin/healthy.ts bots|worker|egress`: ends with 0 when this container's role does its work, for health checks.
 * Bots answer on their port; a worker's heartbeat is young; egress talks to the database.
 */
const [role = ''] = process.argv.slice(2);
const config = readConfig();
const { DATABASE_URL: databaseUrl, DECKHAND_PORT: port } = config;
const waitMs = 4_000;

async function answers(): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/health`, { signal: AbortSignal.timeout(waitMs) });
  return response.ok;
}

const healthy =
  role === 'bots'
    ? await answers()
    : databaseUrl !== undefined && (await roleIsHeard(databaseUrl, role, hostname()));
process.exitCode = healthy ? 0 : 1;
