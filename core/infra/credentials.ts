import { sha256 } from '#core/events/canonical.ts';
import type { Credentials, Identities } from '#core/identity/ports.ts';
import { openApiKeys } from './api-keys.ts';
import type { Database } from './database.ts';
import { newToken } from './token.ts';

/** When a browser was last here is kept to the minute. */
const seenEveryMs = 60_000;

/** Sign-in links, browser sessions and API keys on Postgres; only hashes are stored. */
export function openCredentials(database: Database, identities: Identities): Credentials {
  const { prisma } = database;
  return {
    ...openApiKeys(database, identities),
    createSignInLink: async (userId, lifeMs) => {
      const token = newToken();
      await prisma.signInLink.create({
        data: { hash: sha256(token), userId, expiresAt: new Date(Date.now() + lifeMs) },
      });
      return token;
    },
    redeemSignInLink: async (token) => {
      const hash = sha256(token);
      const { count } = await prisma.signInLink.updateMany({
        where: { hash, usedAt: null, expiresAt: { gt: new Date() } },
        data: { usedAt: new Date() },
      });
      if (count !== 1) return null;
      return (await prisma.signInLink.findUnique({ where: { hash } }))?.userId ?? null;
    },
    createWebSession: async (userId, lifeMs, browser = '') => {
      const token = newToken();
      const expiresAt = new Date(Date.now() + lifeMs);
      await prisma.webSession.create({
        data: { hash: sha256(token), userId, expiresAt, browser: browser.slice(0, 200) },
      });
      return token;
    },
    webSession: async (token) => {
      const hash = sha256(token);
      const found = await prisma.webSession.findUnique({ where: { hash } });
      if (!found || found.expiresAt <= new Date()) return null;
      if (Date.now() - found.seenAt.getTime() > seenEveryMs) {
        await prisma.webSession.updateMany({ where: { hash }, data: { seenAt: new Date() } });
      }
      const user = await identities.byId(found.userId);
      return user && { ...user, webSessionId: found.id };
    },
    endWebSession: async (token) => {
      await prisma.webSession.deleteMany({ where: { hash: sha256(token) } });
    },
    webSessions: async (userId) => {
      const where = { userId, expiresAt: { gt: new Date() } };
      const rows = await prisma.webSession.findMany({ where, orderBy: { seenAt: 'desc' } });
      return rows.map(({ id, browser, createdAt, seenAt, expiresAt }) => ({
        ...{ id, browser },
        createdAt: createdAt.toISOString(),
        seenAt: seenAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
      }));
    },
    endWebSessionOf: async (userId, id) => {
      const { count } = await prisma.webSession.deleteMany({ where: { userId, id } });
      return count > 0;
    },
  };
}
