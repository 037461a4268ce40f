import { join } from 'node:path';
import type { Approvals } from '#core/approvals/ports.ts';
import type { AuditLog } from '#core/audit/ports.ts';
import type { Connections } from '#core/chat/connections-port.ts';
import type { Devices } from '#core/chat/devices-port.ts';
import type { Notices } from '#core/chat/notices-port.ts';
import type { Posts } from '#core/chat/posts-port.ts';
import type { Presence } from '#core/chat/presence-port.ts';
import type { UnreadMessages } from '#core/chat/unread-port.ts';
import { Appender } from '#core/events/appender.ts';
import type { LogArchive } from '#core/events/archive-port.ts';
import type { EgressLog } from '#core/events/egress-log-port.ts';
import type { Replays } from '#core/events/replays-port.ts';
import type { Feedback } from '#core/feedback/ports.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { Accounts } from '#core/identity/accounts-port.ts';
import type { Erasures } from '#core/identity/erasures-port.ts';
import type { Joins } from '#core/identity/joins.ts';
import type { People } from '#core/identity/people-port.ts';
import type { Credentials, Identities } from '#core/identity/ports.ts';
import type { Workspaces } from '#core/identity/workspaces.ts';
import type { Live } from '#core/live/ports.ts';
import type { Seats } from '#core/live/seats-port.ts';
import type { Load } from '#core/load/ports.ts';
import type { McpSightings } from '#core/mcp/ports.ts';
import type { Policies } from '#core/policy/ports.ts';
import type { Clockwork, Firings, Schedules } from '#core/schedules/ports.ts';
import type { SecretLinks, Secrets } from '#core/secrets/ports.ts';
import type { SignIns } from '#core/secrets/sign-ins.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { Snapshots } from '#core/sessions/snapshots-port.ts';
import type { TemplateProposals, Templates } from '#core/templates/ports.ts';
import { openTemplates } from '#core/templates/templates.ts';
import type { Claims, Turns } from '#core/turns/ports.ts';
import type { Steers } from '#core/turns/steers.ts';
import type { UsageBook } from '#core/usage/ports.ts';
import { openAccounts } from './accounts.ts';
import { openApprovals } from './approvals.ts';
import { openAuditLog } from './audit.ts';
import { openBlobFolder } from './blobs.ts';
import { openClaims } from './claims.ts';
import { openConnections } from './connections.ts';
import { openCredentials } from './credentials.ts';
import { type Database, openDatabase } from './database.ts';
import { openDevices } from './devices.ts';
import { openEgressLog } from './egress/egress-log.ts';
import { openErasures } from './erasures/erasures.ts';
import { appendRows } from './event-rows.ts';
import { openFeedback } from './feedback.ts';
import { openFiles } from './files.ts';
import { openIdentities } from './identities.ts';
import { openJoins } from './joins.ts';
import { openLoad } from './load.ts';
import { openLogArchive } from './log-archive.ts';
import { openMcpSightings } from './mcp-sightings.ts';
import { openNotices } from './notices.ts';
import { openPeople } from './people.ts';
import { openPolicies } from './policies.ts';
import { openPosts } from './posts.ts';
import { openPresence } from './presence.ts';
import { openBell } from './queue/bell.ts';
import { openLive } from './queue/live.ts';
import { openPostgresStore, openRedisStore } from './queue/store.ts';
import { openReplays } from './replays.ts';
import { openClockwork } from './schedules/clockwork.ts';
import { openFirings } from './schedules/firings.ts';
import { openSchedules } from './schedules/schedules.ts';
import { openSeats } from './seats.ts';
import { openSecretLinks } from './secret-links.ts';
import { openSecrets } from './secrets.ts';
import { openSessions } from './sessions.ts';
import { openSignIns } from './sign-ins.ts';
import { openSigningKey } from './signing-key.ts';
import { openSnapshots } from './snapshots.ts';
import { openSteers } from './steers.ts';
import { openTemplateProposals } from './template-proposals.ts';
import { openTemplateStore } from './templates.ts';
import { openTurns } from './turns.ts';
import { openUnreadMessages } from './unread-messages.ts';
import { openUsage } from './usage.ts';
import { openWorkspaces } from './workspaces.ts';

/** Every port of the core, on Postgres and on the queue's store. */
export interface Core {
  database: Database;
  accounts: Accounts;
  appender: Appender;
  approvals: Approvals;
  auditLog: AuditLog;
  bell: ReturnType<typeof openBell>;
  blobs: Blobs;
  claims: Claims;
  clockwork: Clockwork;
  connections: Connections;
  devices: Devices;
  credentials: Credentials;
  erasures: Erasures;
  egressLog: EgressLog;
  feedback: Feedback;
  files: Files;
  firings: Firings;
  identities: Identities;
  joins: Joins;
  live: Live;
  logArchive: LogArchive;
  mcpSightings: McpSightings;
  load: Load;
  notices: Notices;
  unread: UnreadMessages;
  people: People;
  policies: Policies;
  posts: Posts;
  replays: Replays;
  schedules: Schedules;
  secrets: Secrets;
  secretLinks: SecretLinks;
  signIns: SignIns;
  presence: Presence;
  seats: Seats;
  sessions: Sessions;
  templates: Templates;
  templateProposals: TemplateProposals;
  snapshots: Snapshots;
  steers: Steers;
  turns: Turns;
  usage: UsageBook;
  workspaces: Workspaces;
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
  const templates = openTemplates(openTemplateStore(database));
  const blobs = openBlobFolder(join(home, 'blobs'));
  const logArchive = openLogArchive(database, blobs);
  const turns = openTurns(database, signer);
  const auditLog = openAuditLog(database, signer);
  return {
    database,
    accounts: openAccounts(database),
    appender,
    approvals: openApprovals(database, signer),
    auditLog,
    bell,
    blobs,
    claims: openClaims(database, signer),
    clockwork: openClockwork(database),
    connections: openConnections(database),
    devices: openDevices(database),
    credentials: openCredentials(database, identities),
    erasures: openErasures({ database, signer, blobs, archive: logArchive, turns, auditLog }),
    egressLog: openEgressLog(database, signer),
    feedback: openFeedback(database),
    files: openFiles(database),
    firings: openFirings(database),
    identities,
    joins: openJoins(database),
    live,
    logArchive,
    mcpSightings: openMcpSightings(database),
    load: openLoad(database),
    notices: openNotices(database),
    unread: openUnreadMessages(database),
    posts: openPosts(database, signer),
    replays: openReplays(database),
    schedules: openSchedules(database),
    people: openPeople(database, identities),
    policies: openPolicies(database, templates),
    secrets: openSecrets(database),
    secretLinks: openSecretLinks(database),
    signIns: openSignIns(database),
    presence: openPresence(database),
    seats: openSeats(database),
    sessions: openSessions(database, logArchive),
    templates,
    templateProposals: openTemplateProposals(database),
    snapshots: openSnapshots(database),
    steers: openSteers(database, signer),
    turns,
    usage: openUsage(database),
    workspaces: openWorkspaces(database),
    close: async () => {
      await Promise.allSettled([bell.close(), live.close()]);
      await store.close();
      await appender.idle();
      await database.close();
    },
  };
}
