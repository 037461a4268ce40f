import { join } from 'node:path';
import type { Approvals } from '#core/approvals/ports.ts';
import type { Posts } from '#core/chat/posts-port.ts';
import { Appender } from '#core/events/appender.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { Credentials, Identities } from '#core/identity/ports.ts';
import type { Live } from '#core/live/ports.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { Templates } from '#core/templates/ports.ts';
import { openTemplates } from '#core/templates/templates.ts';
import type { Claims, Turns } from '#core/turns/ports.ts';
import type { UsageBook } from '#core/usage/ports.ts';
import { openApprovals } from './approvals.ts';
import { openBlobFolder } from './blobs.ts';
import { openClaims } from './claims.ts';
import { openCredentials } from './credentials.ts';
import { type Database, openDatabase } from './database.ts';
import { appendRows } from './event-rows.ts';
import { openFiles } from './files.ts';
import { openIdentities } from './identities.ts';
import { openPosts } from './posts.ts';
import { openBell } from './queue/bell.ts';
import { openLive } from './queue/live.ts';
import { openPostgresStore, openRedisStore } from './queue/store.ts';
import { openSessions } from './sessions.ts';
import { openSigningKey } from './signing-key.ts';
import { openTemplateStore } from './templates.ts';
import { openTurns } from './turns.ts';
import { openUsage } from './usage.ts';

/** Every port of the core, on Postgres and on the queue's store. */
export interface Core {
  database: Database;
  appender: Appender;
  approvals: Approvals;
  bell: ReturnType<typeof openBell>;
  blobs: Blobs;
  claims: Claims;
  credentials: Credentials;
  files: Files;
  identities: Identities;
  live: Live;
  posts: Posts;
  sessions: Sessions;
  templates: Templates;
  turns: Turns;
  usage: UsageBook;
  close(): Promise<void>;
}

export interface CoreSettings {
  databaseUrl: string;
  /** Undefined: wakes and live signals go through Postgres too. */
  redisUrl: string | undefined;
  home: string;
  /** Shown by the database for each connection. */
  name: string;
}

/** Opens the core for one process. Migrations are done before (bin/setup). */
export async function openCore({ databaseUrl, redisUrl, home, name }: CoreSettings): Promise<Core> {
  const database = openDatabase(databaseUrl, { name });
  const store = redisUrl ? openRedisStore(redisUrl) : await openPostgresStore(databaseUrl);
  const signer = openSigningKey(home);
  const identities = openIdentities(database);
  const appender = new Appender((rows) => appendRows(database.pool, rows), signer);
  const bell = openBell(store);
  const live = openLive(store);
  return {
    database,
    appender,
    approvals: openApprovals(database, signer),
    bell,
    blobs: openBlobFolder(join(home, 'blobs')),
    claims: openClaims(database, signer),
    credentials: openCredentials(database, identities),
    files: openFiles(database),
    identities,
    live,
    posts: openPosts(database, signer),
    sessions: openSessions(database),
    templates: openTemplates(openTemplateStore(database)),
    turns: openTurns(database, signer),
    usage: openUsage(database),
    close: async () => {
      await Promise.allSettled([bell.close(), live.close()]);
      await store.close();
      await appender.idle();
      await database.close();
    },
  };
}
