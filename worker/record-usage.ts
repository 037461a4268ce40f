import type { TurnJournal } from '#core/events/journal.ts';
import type { Harness } from '#core/events/types.ts';
import type { Log } from '#core/log.ts';
import type { Claim } from '#core/turns/ports.ts';
import type { UsageBook, UsageEntry } from '#core/usage/ports.ts';
import type { CallUsage } from '#core/usage/types.ts';

/** Of a model call's or a summary's receipt, what counts. */
interface Counted {
  usage?: CallUsage;
  model?: Harness['model'];
}

/**
 * Counts the turn's model calls from its journal, each once however often this is done. Money is no reason to fail a
 * turn: what cannot be counted now is told in the log, and counted when the turn is let go of again.
 */
export async function recordUsage(
  claim: Claim,
  author: string,
  harness: Harness,
  journal: TurnJournal,
  { usage, log }: { usage: UsageBook; log: Log },
): Promise<void> {
  try {
    const effects = [...(await journal.recorded('summary')), ...(await journal.recorded('model'))];
    await usage.record(
      effects.flatMap(({ key, receipt }): UsageEntry[] => {
        const { usage: used, model = harness.model } = (receipt?.result ?? {}) as Counted;
        if (!used || model.provider === 'demo') return [];
        const { sessionId, turnId } = claim;
        const { provider, name } = model;
        return [{ ...used, turnId, key, sessionId, userId: author, provider, model: name }];
      }),
    );
  } catch (error) {
    log.warn({ err: error, turn: claim.turnId }, 'model calls are not counted');
  }
}
