import type { TurnJournal } from '#core/events/journal.ts';
import type { Harness, LogEvent, Person } from '#core/events/types.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';
import type { Templates } from '#core/templates/ports.ts';
import type { Claim } from '#core/turns/ports.ts';
import type { UsageBook } from '#core/usage/ports.ts';
import { priceOf } from '#core/usage/prices.ts';
import type { Agent, TurnStart } from './agent/port.ts';
import type { McpOffer } from './agent/servers-port.ts';
import type { Skills } from './agent/skills-port.ts';

export interface HarnessDeps {
  agent: Agent;
  templates: Templates;
  identities: Identities;
  skills: Skills;
  usage: UsageBook;
}

/** Asks the tool servers of a template what they have to offer this turn. */
export type Offer = (template: TurnStart['template']) => Promise<McpOffer | null>;

/** The turn's first event fixes the harness; every later claim says why it came and what it found in doubt. */
export async function beginOrResume(
  claim: Claim,
  events: LogEvent[],
  journal: TurnJournal,
  author: Person,
  session: SessionFacts,
  offer: Offer,
  deps: HarnessDeps,
): Promise<Harness> {
  const recorded = recordedHarness(events);
  if (!recorded) {
    const harness = deps.agent.begin(await startOf(claim.turnId, author, session, offer, deps));
    await journal.append('turn.started', { harness, worker: claim.workerId });
    return harness;
  }
  const { done, inDoubt } = journal.standing();
  const reason = reasonOf(events);
  await journal.append('turn.resumed', { reason, worker: claim.workerId, done, cut: inDoubt });
  return continueHarness(recorded, journal, deps.agent);
}

/** What is true now: the template of this thread for this author, the author themselves, skills, prices. */
async function startOf(
  turnId: string,
  author: Person,
  { template: name, workspaceId, headSeq }: SessionFacts,
  offer: Offer,
  { templates, identities, skills, usage }: HarnessDeps,
): Promise<TurnStart> {
  const [{ template }, user, entries, prices] = await Promise.all([
    templates.resolve(name, { workspaceId, userId: author.userId }),
    identities.byId(author.userId),
    skills.list(),
    usage.prices(),
  ]);
  return {
    turnId,
    template,
    asker: { name: author.name, timeZone: user?.timeZone ?? 'UTC', language: user?.language ?? null },
    skills: entries,
    mcp: await offer(template),
    clock: new Date().toISOString(),
    contextSeq: headSeq,
    prices: (ref) => priceOf(prices, ref.provider, ref.name),
  };
}

/** What the turn last ran with; null before its first start. */
function recordedHarness(events: LogEvent[]): Harness | null {
  let harness: Harness | null = null;
  for (const event of events) {
    if (event.type === 'turn.started' || event.type === 'harness.changed') harness = event.body.harness;
  }
  return harness;
}

/** An upgrade or a model that is gone since the turn began: it goes on under what is true now, and the log says so. */
async function continueHarness(recorded: Harness, journal: TurnJournal, agent: Agent): Promise<Harness> {
  const harness = agent.renew(recorded);
  if (harness === recorded) return recorded;
  // A model call in doubt would now be asked in other words; it is let go, and asked under a number of its own.
  await journal.settleOpen('model');
  await journal.settleOpen('summary');
  await journal.append('harness.changed', { harness });
  return harness;
}

function reasonOf(events: LogEvent[]): 'answered' | 'returned' | 'crash' {
  const last = events.findLast((event) =>
    ['turn.waiting', 'turn.returned', 'turn.resumed', 'turn.started'].includes(event.type),
  );
  if (last?.type === 'turn.waiting') return 'answered';
  return last?.type === 'turn.returned' ? 'returned' : 'crash';
}
