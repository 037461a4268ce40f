import { randomBytes } from 'node:crypto';
import { sha256 } from '#core/events/canonical.ts';
import type { SecretLinks } from '#core/secrets/ports.ts';
import type { Database } from './database.ts';

/** One-time links on Postgres; they are spent by the statement that stores what they brought (`secrets.ts`). */
export function openSecretLinks({ prisma }: Database): SecretLinks {
  return {
    async create({ userId, workspaceId }, lifeMs) {
      const token = randomBytes(32).toString('base64url');
      const expiresAt = new Date(Date.now() + lifeMs);
      await prisma.secretLink.create({ data: { hash: sha256(token), userId, workspaceId, expiresAt } });
      return token;
    },
    async look(token) {
      const found = await prisma.secretLink.findUnique({ where: { hash: sha256(token) } });
      if (!found || found.usedAt || found.expiresAt <= new Date()) return null;
      const { userId, workspaceId, expiresAt } = found;
      return { userId, workspaceId, expiresAt: expiresAt.toISOString() };
    },
  };
}
