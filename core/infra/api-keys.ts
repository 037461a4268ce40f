import { sha256 } from '#core/events/canonical.ts';
import type { ApiKeys, Identities, KeyFacts } from '#core/identity/ports.ts';
import { type Act, acts } from '#core/identity/roles.ts';
import { newId } from '#core/ids.ts';
import type { Database } from './database.ts';
import { newToken } from './token.ts';

interface Row {
  id: string;
  userId: string;
  name: string;
  scopes: string[];
  perMinute: number | null;
  hint: string;
  createdAt: Date;
  usedAt: Date | null;
  expiresAt: Date | null;
}

/** Its last use is kept to the minute: a row is not written for every request. */
const seenEveryMs = 60_000;

/** Keys of programs on Postgres; only hashes are stored. */
export function openApiKeys({ prisma }: Database, identities: Identities): ApiKeys {
  const working = () => ({ revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] });
  return {
    createApiKey: async (userId, name, terms = { scopes: acts, perMinute: null, expiresAt: null }) => {
      const key = `dhk_${newToken()}`;
      const { scopes, perMinute, expiresAt } = terms;
      await prisma.apiKey.create({
        data: {
          ...{ id: newId('key'), userId, name, hash: sha256(key), hint: key.slice(-4) },
          ...{ scopes: [...scopes], perMinute, expiresAt },
        },
      });
      return key;
    },
    apiKey: async (key) => {
      const found = await prisma.apiKey.findFirst({ where: { hash: sha256(key), ...working() } });
      const user = found && (await identities.byId(found.userId));
      if (!found || !user) return null;
      if (!found.usedAt || Date.now() - found.usedAt.getTime() > seenEveryMs) {
        await prisma.apiKey.update({ where: { id: found.id }, data: { usedAt: new Date() } });
      }
      return { user, key: toFacts(found) };
    },
    apiKeys: async (userId) => {
      const where = { ...working(), ...(userId === null ? {} : { userId }) };
      return (await prisma.apiKey.findMany({ where, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] })).map(
        toFacts,
      );
    },
    apiKeyById: async (id) => {
      const found = await prisma.apiKey.findFirst({ where: { id, ...working() } });
      return found && toFacts(found);
    },
    revokeApiKey: async (id) => {
      const { count } = await prisma.apiKey.updateMany({
        where: { id, revokedAt: null },
        data: { revokedAt: new Date() },
      });
      return count === 1;
    },
  };
}

function toFacts(row: Row): KeyFacts {
  const { id, userId, name, scopes, perMinute, hint, createdAt, usedAt, expiresAt } = row;
  return {
    ...{ keyId: id, userId, name, perMinute, hint },
    scopes: scopes as Act[],
    createdAt: createdAt.toISOString(),
    usedAt: usedAt?.toISOString() ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}
