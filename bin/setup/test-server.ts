import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTemplate } from '#core/infra/postgres/template.ts';
import { startTestServer } from '#core/testing/server.ts';
import type { SetUp } from './set-up.ts';

/** A Postgres with a folder of its own, so that two runs never meet. Gives the address of its database `postgres`. */
export async function bringTestServer({ steps, owned }: Pick<SetUp, 'steps' | 'owned'>): Promise<string> {
  return steps.run('Postgres', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'deckhand-test-run-'));
    owned.defer(() => rmSync(folder, { recursive: true, force: true }));
    const server = await startTestServer(join(folder, 'postgres'));
    owned.defer(() => server.stop());
    await ensureTemplate((database) => server.url(database));
    return server.url('postgres');
  });
}
