import type { TryCommand } from '#bots/commands.ts';
import type { ConsoleInbound } from '#bots/console/inbound.ts';
import type { ConsoleThreads } from '#bots/console/types.ts';
import type { Approvals } from '#core/approvals/ports.ts';
import type { AuditLog } from '#core/audit/ports.ts';
import type { ShownSetting } from '#core/config.ts';
import type { EgressLog } from '#core/events/egress-log-port.ts';
import type { Replays } from '#core/events/replays-port.ts';
import type { Verifier } from '#core/events/signing.ts';
import type { Feedback } from '#core/feedback/ports.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { Accounts } from '#core/identity/accounts-port.ts';
import type { Erasures } from '#core/identity/erasures-port.ts';
import type { People } from '#core/identity/people-port.ts';
import type { Credentials, Identities, KeyFacts, UserFacts } from '#core/identity/ports.ts';
import type { Act } from '#core/identity/roles.ts';
import type { Workspaces } from '#core/identity/workspaces.ts';
import type { Bell, Live } from '#core/live/ports.ts';
import type { Load } from '#core/load/ports.ts';
import type { Log } from '#core/log.ts';
import type { McpSightings } from '#core/mcp/ports.ts';
import type { Policies } from '#core/policy/ports.ts';
import type { ScheduleDesk } from '#core/schedules/desk.ts';
import type { SecretLinks, Secrets } from '#core/secrets/ports.ts';
import type { SignIns } from '#core/secrets/sign-ins.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { TemplateProposals, Templates } from '#core/templates/ports.ts';
import type { Turns } from '#core/turns/ports.ts';
import type { Steers } from '#core/turns/steers.ts';
import type { UsageBook } from '#core/usage/ports.ts';

/** All that the API asks of the rest. */
export interface HttpDeps {
  sessions: Sessions;
  turns: Turns;
  accounts: Accounts;
  steers: Steers;
  approvals: Approvals;
  auditLog: AuditLog;
  egressLog: EgressLog;
  credentials: Credentials;
  identities: Identities;
  people: People;
  erasures: Erasures;
  load: Load;
  templates: Templates;
  templateProposals: TemplateProposals;
  usage: UsageBook;
  feedback: Feedback;
  replays: Replays;
  files: Files;
  blobs: Blobs;
  secrets: Secrets;
  secretLinks: SecretLinks;
  signIns: SignIns;
  policies: Policies;
  workspaces: Workspaces;
  live: Live;
  mcpSightings: McpSightings;
  bell: Bell;
  /** The console's threads, announcing their changes. */
  threads: ConsoleThreads;
  inbound: ConsoleInbound;
  /** Where chat platforms call us, by path: each proves who it is by itself. */
  platforms?: Record<string, (request: Request) => Promise<Response>>;
  tryCommand: TryCommand;
  desk: ScheduleDesk;
  log: Log;
  instance: InstanceFacts;
  /** What it was started with, as people may see it. */
  settings: readonly ShownSetting[];
  /** Names besides loopback's and plain addresses under which this instance may be called. */
  hostNames: string[];
  /** Where people find the page, without a slash at its end. */
  pageUrl: string;
  /** Do browsers reach it by https? Decides whether cookies are `Secure`. */
  https: boolean;
  /** Trusts the keys of this instance, and no other. */
  verifier(): Verifier;
  /** Each part this instance depends on, asked now. Never throws. */
  health(): Promise<HealthCheck[]>;
}

/** What the page and the command line show about the instance. */
export interface InstanceFacts {
  version: string;
  /** Name of the model that answers. */
  model: string;
  /** Is it the demo model? */
  demo: boolean;
  maxMessageBytes: number;
  maxFileBytes: number;
}

export interface HealthCheck {
  name: string;
  ok: boolean;
  /** What was found, and when it is not well, how to mend it. */
  detail: string;
}

/** Who calls, and how that was proven. `scopes`: what a key leaves of its person's rights; a browser has them all. */
export interface Principal {
  user: UserFacts;
  by: 'cookie' | 'key';
  scopes: readonly Act[];
  key: KeyFacts | null;
  /** Of the browser that has signed in. */
  webSessionId: string | null;
}

/** Hono's environment of every route under /v1. */
export interface HttpEnv {
  Variables: {
    principal: Principal | null;
    auditLog: AuditLog;
    /** What the handler tells the audit log of what it did. */
    told: Record<string, string | number | boolean | null>;
  };
}
