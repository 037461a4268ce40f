import { randomBytes } from 'node:crypto';
import { sha256 } from '#core/events/canonical.ts';
import type { Credentials, Identities } from '#core/identity/ports.ts';
import { newId } from '#core/ids.ts';
import type { Database } from './database.ts';

/** 256 random bits: no need for a slow hash, nothing to guess. */
const newToken = () => randomBytes(32).toString('base64url');

/** Sign-in links, browser sessions and API keys on Postgres; only hashes are stored. */
export function openCredentials({ prisma }: Database, identities: Identities): Credentials {
  return {
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
    createWebSession: async (userId, lifeMs) => {
      const token = newToken();
      await prisma.webSession.create({
        data: { hash: sha256(token), userId, expiresAt: new Date(Date.now() + lifeMs) },
      });
      return token;
    },
    webSession: async (token) => {
      const found = await prisma.webSession.findUnique({ where: { hash: sha256(token) } });
      return found && found.expiresAt > new Date() ? identities.byId(found.userId) : null;
    },
    endWebSession: async (token) => {
      await prisma.webSession.deleteMany({ where: { hash: sha256(token) } });
    },
    createApiKey: async (userId, name) => {
      const key = `dhk_${newToken()}`;
      await prisma.apiKey.create({ data: { id: newId('key'), userId, name, hash: sha256(key) } });
      return key;
    },
    apiKey: async (key) => {
      const found = await prisma.apiKey.findUnique({ where: { hash: sha256(key) } });
      return found && identities.byId(found.userId);
    },
  };
}
