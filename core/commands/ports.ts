import type { Approvals } from '#core/approvals/ports.ts';
import type { AuditLog } from '#core/audit/ports.ts';
import type { InboundOutcome } from '#core/chat/inbound.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { FileRef } from '#core/events/types.ts';
import type { Feedback } from '#core/feedback/ports.ts';
import type { Joins } from '#core/identity/joins.ts';
import type { People } from '#core/identity/people-port.ts';
import type { Credentials, Identities, UserFacts } from '#core/identity/ports.ts';
import type { Bell, Live } from '#core/live/ports.ts';
import type { Policies } from '#core/policy/ports.ts';
import type { ScheduleDesk } from '#core/schedules/desk.ts';
import type { SecretLinks } from '#core/secrets/ports.ts';
import type { SignIns } from '#core/secrets/sign-ins.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { Templates } from '#core/templates/ports.ts';
import type { Turns } from '#core/turns/ports.ts';
import type { Steers } from '#core/turns/steers.ts';
import type { UsageBook } from '#core/usage/ports.ts';
import type { Command, VerbName } from './command.ts';
import type { CommandReply } from './reply.ts';
import type { Surface } from './surfaces.ts';

/** Who gives a command, where, and by which message. */
export interface CommandContext {
  person: UserFacts & { workspaceId: string };
  /** The person's account where they gave it. */
  account: { id: string; name: string };
  surface: Surface;
  /** The thread it was given in; where there is none, the place that it was given in. */
  thread: ThreadRef;
  /** The message's own identity: the same message does a thing once (I2). */
  messageId: string;
  now: Date;
  /** When the person said it; given again later, it stops nothing that was asked after it. */
  sentAt: Date;
}

/** What a command asks in the name of whoever gave it. */
export interface NewRequest {
  text: string;
  where: 'here' | 'fresh';
  /** Files of an earlier request that come along. */
  files?: FileRef[];
}

export interface Asked {
  outcome: InboundOutcome;
  /** Markdown that names its thread; null: it is the thread that the command was given in. */
  link: string | null;
}

/** What commands need of the rest. */
export interface CommandDeps {
  sessions: Sessions;
  turns: Turns;
  steers: Steers;
  approvals: Approvals;
  identities: Identities;
  joins: Joins;
  templates: Templates;
  policies: Policies;
  usage: UsageBook;
  feedback: Feedback;
  people: People;
  credentials: Pick<Credentials, 'createSignInLink'>;
  auditLog: Pick<AuditLog, 'append'>;
  desk: ScheduleDesk;
  secretLinks: SecretLinks;
  signIns: Pick<SignIns, 'create'>;
  /** Where people find the page, without a slash at its end. */
  pageUrl: string;
  bell: Bell;
  live: Live;
  /** Hands a request in by the one way in; `fresh` opens a thread for it beside the context's. */
  ask(context: CommandContext, request: NewRequest): Promise<Asked>;
}

/** Does what one verb says. @throws {DeckhandError} with words for who gave the command */
export type Handler<V extends VerbName> = (
  command: Extract<Command, { verb: V }>,
  context: CommandContext,
  deps: CommandDeps,
) => Promise<CommandReply>;
