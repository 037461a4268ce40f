import type { FileRef, LogEvent, Person, Quote } from '#core/events/types.ts';

/** An earlier turn as it is told to the agent. */
export interface ToldTurn {
  author: Person;
  text: string;
  /** What was said in the thread before it, when it opened the session. */
  quoted?: Quote[];
  files: FileRef[];
  sentFiles: FileRef[];
  /** Empty: it ended without one. */
  answer: string;
  /** The event that ended it. */
  endSeq: number;
}

/** What the thread said before a turn. */
export interface Past {
  /** Of all up to `throughSeq`; null: nothing was summarised yet. */
  summary: { text: string; throughSeq: number } | null;
  /** Turns that ended after that, oldest first. */
  turns: ToldTurn[];
}

/** The result of a summary's receipt, as far as later turns need it. */
export interface SummaryResult {
  text: string;
  throughSeq: number;
}

/**
 * The past from a session's events of the earlier turns, in order. Pure. Needs only what people and the agent said
 * and the receipts of summaries; more does no harm. Turns that never ended, or were withdrawn, are not told.
 */
export function pastOf(events: readonly LogEvent[]): Past {
  let summary: Past['summary'] = null;
  const asked = new Map<string, Omit<ToldTurn, 'answer' | 'endSeq'>>();
  let turns: ToldTurn[] = [];
  for (const event of events) {
    const turn = asked.get(event.turnId ?? '');
    if (event.type === 'turn.submitted') {
      const { author, text, quoted = [], files } = event.body;
      asked.set(event.turnId ?? '', { author, text, quoted, files, sentFiles: [] });
    } else if (event.type === 'turn.edited' && turn) {
      turn.text = event.body.text;
    } else if (event.type === 'turn.steered' && turn) {
      turn.text += `\n\n${event.body.text}`;
      turn.files = [...turn.files, ...event.body.files];
    } else if (event.type === 'file.sent' && turn) {
      turn.sentFiles.push(event.body.file);
    } else if (event.type === 'turn.finished' && turn) {
      turns.push({ ...turn, answer: event.body.answer, endSeq: event.seq });
    } else if (event.type === 'effect.receipt') {
      const found = summaryIn(event.body);
      if (found) summary = found;
    }
  }
  const { throughSeq = 0 } = summary ?? {};
  turns = turns.filter(({ endSeq }) => endSeq > throughSeq);
  return { summary, turns };
}

function summaryIn({ kind, outcome, result }: { kind: string; outcome: string; result: unknown }) {
  if (kind !== 'summary' || outcome !== 'done') return null;
  const value = (result as { inline?: Partial<SummaryResult> }).inline;
  if (typeof value?.text !== 'string' || typeof value.throughSeq !== 'number') return null;
  return { text: value.text, throughSeq: value.throughSeq };
}
