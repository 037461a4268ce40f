import type {
  APIApplicationCommandAutocompleteInteraction,
  APIApplicationCommandOptionChoice,
} from 'discord.js';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { fieldsOf } from '#core/commands/options.ts';
import { verbs } from '#core/commands/verbs.ts';
import type { Identities } from '#core/identity/ports.ts';
import { may } from '#core/identity/roles.ts';
import { maySee } from '#core/identity/visibility.ts';
import type { ScheduleDesk } from '#core/schedules/desk.ts';
import { scheduleLine } from '#core/schedules/understood.ts';
import { readSchedule } from '#core/schedules/words/read-schedule.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import { threadOption } from './command-list.ts';
import type { Doing } from './doing.ts';
import { cut } from './render-parts.ts';

export type Typed = APIApplicationCommandAutocompleteInteraction;
type Choice = APIApplicationCommandOptionChoice<string>;

export interface CompletionDeps {
  desk: Pick<ScheduleDesk, 'list'>;
  identities: Identities;
  sessions: Sessions;
}

/** What is offered while somebody types an option. */
export interface Completions {
  /** `option`: the field that is typed, `typed`: what stands in it so far. */
  complete(verb: string, option: string, typed: string, doing: Doing): Promise<Choice[]>;
  /** The thread that was chosen; null when it is none of this person's. */
  threadNamed(sessionId: string, doing: Doing): Promise<ThreadRef | null>;
}

/** "name: 1-100 character choice name", "max of 25 choices" (interactions/application-commands) */
const most = { characters: 100, choices: 25 };
/** An administrator's are those of all workspaces here. */
const mostThreads = 100;

export function openCompletions({ desk, identities, sessions }: CompletionDeps): Completions {
  async function person({ by, thread }: Doing) {
    const workspace = { externalId: thread.workspace, name: thread.workspace };
    const { accountId, name } = by.account;
    return await identities.resolve('discord', workspace, { id: accountId, name });
  }

  /** Newest first; `typed`: what their titles have in them. */
  async function visible(doing: Doing, typed: string) {
    const user = await person(doing);
    const ownerId = may(user.role, 'administer') ? undefined : user.userId;
    const search = typed === '' ? undefined : typed;
    const found = await sessions.list({ platform: 'discord', ownerId, search, limit: mostThreads });
    return found.filter((one) => one.workspaceId === user.workspaceId && maySee(user, one));
  }

  async function choices(kind: string, typed: string, doing: Doing): Promise<Choice[]> {
    if (kind === 'thread') {
      const mine = await visible(doing, typed);
      return mine.map(({ title, sessionId }) => ({ name: title || sessionId, value: sessionId }));
    }
    if (kind === 'schedule') {
      const mine = await desk.list(await person(doing));
      return mine.map((one) => ({ name: scheduleLine(one), value: one.scheduleId }));
    }
    const words = kind === 'zone' ? Intl.supportedValuesOf('timeZone') : whens(typed);
    return words.map((value) => ({ name: value, value }));
  }

  return {
    complete: async (verb, option, typed, doing) => {
      const known = verbs.find(({ name }) => name === verb);
      const field = known && fieldsOf(known).options.find(({ name }) => name === option);
      const kind = option === threadOption ? 'thread' : field?.completes;
      if (!kind) return [];
      const part = typed.toLowerCase();
      const found = await choices(kind, typed, doing);
      return found
        .filter(({ name, value }) => name.toLowerCase().includes(part) && value.length <= most.characters)
        .slice(0, most.choices)
        .map(({ name, value }) => ({ name: cut(name, most.characters), value }));
    },
    threadNamed: async (sessionId, doing) => {
      const [user, session] = await Promise.all([person(doing), sessions.byId(sessionId)]);
      const known = session?.thread.platform === 'discord' && session.workspaceId === user.workspaceId;
      return known && maySee(user, session) ? session.thread : null;
    },
  };
}

/** What was typed, once it is a time; and times to go on from. */
function whens(typed: string): string[] {
  const isTime = readSchedule(`${typed} x`, new Date(), 'UTC').kind === 'read';
  const examples = [
    ...['every weekday at 9:00', 'every day at 18:00', 'every monday at 8:30', 'every 15 minutes'],
    ...['on the first of the month at 6:00', 'at friday 16:00', 'in 2 hours'],
  ];
  return [...new Set([...(isTime ? [typed.trim()] : []), ...examples])];
}
