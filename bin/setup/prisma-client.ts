import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DeckhandError, messageOf } from '#core/errors.ts';

const project = join(import.meta.dirname, '../..');

/** Generates the database client when schema or generator changed since the last time. */
export async function generatePrismaClient(): Promise<void> {
  const require = createRequire(import.meta.url);
  const prisma = require.resolve('prisma/package.json');
  const schema = readFileSync(join(project, 'prisma/schema.prisma'));
  const hash = createHash('sha256').update(schema).update(readFileSync(prisma)).digest('hex');
  const stamp = join(project, 'core/infra/generated/.stamp');
  if (read(stamp) === hash) return;
  try {
    await promisify(execFile)(
      'env',
      [
        // Generating needs no engine, yet Prisma would download one; and it would phone home.
        'PRISMA_SCHEMA_ENGINE_BINARY=/bin/true',
        'CHECKPOINT_DISABLE=1',
        'PRISMA_HIDE_UPDATE_MESSAGE=1',
        process.execPath,
        join(dirname(prisma), 'build/index.js'),
        'generate',
      ],
      { cwd: project },
    );
  } catch (cause) {
    throw new DeckhandError(
      'prisma.not_generated',
      `The database client was not generated: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
  writeFileSync(stamp, hash);
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
