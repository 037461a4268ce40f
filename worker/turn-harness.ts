import { canonical } from '#core/events/canonical.ts';
import type { TurnJournal } from '#core/events/journal.ts';
import type { Harness, LogEvent } from '#core/events/types.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';
import type { Claim } from '#core/turns/ports.ts';
import type { Agent } from './agent/port.ts';

/** The turn's first event fixes the harness; every later claim says why it came and what it found in doubt. */
export async function beginOrResume(
  claim: Claim,
  events: LogEvent[],
  journal: TurnJournal,
  agent: Agent,
  session: SessionFacts | null,
): Promise<Harness> {
  const recorded = recordedHarness(events);
  if (!recorded) {
    const { template = 'assistant', headSeq = 0 } = session ?? {};
    const harness = agent.harness(template, new Date().toISOString(), headSeq);
    await journal.append('turn.started', { harness, worker: claim.workerId });
    return harness;
  }
  const { done, inDoubt } = journal.standing();
  const reason = reasonOf(events);
  await journal.append('turn.resumed', { reason, worker: claim.workerId, done, cut: inDoubt });
  return continueHarness(recorded, journal, agent);
}

/** What the turn last ran with; null before its first start. */
function recordedHarness(events: LogEvent[]): Harness | null {
  let harness: Harness | null = null;
  for (const event of events) {
    if (event.type === 'turn.started' || event.type === 'harness.changed') harness = event.body.harness;
  }
  return harness;
}

/** An upgrade or another setting since the turn began: it goes on under what is true now, and the log says so. */
async function continueHarness(recorded: Harness, journal: TurnJournal, agent: Agent): Promise<Harness> {
  const harness = agent.harness(recorded.template, recorded.clock, recorded.contextSeq);
  if (canonical(harness) === canonical(recorded)) return recorded;
  // A model call in doubt would now be asked in other words; it is let go, and asked under a number of its own.
  await journal.settleOpen('model');
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
