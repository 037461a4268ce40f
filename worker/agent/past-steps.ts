import type { AgentInputItem } from '@openai/agents';
import type { Journal } from '#core/events/journal-port.ts';
import type { ModelRef } from '#core/events/types.ts';
import type { Usage } from '#core/usage/types.ts';
import type { ModelAnswer } from './models/ask.ts';
import type { CompactRequest } from './request-log.ts';

/** What a model call's receipt holds; null where it was settled as interrupted after the fact. */
export type ModelReceipt = ModelAnswer | { error: { code: string; message: string } };

/** Where a run takes up a turn, and what the steps before it have used. */
export interface PastSteps {
  /** The last complete model step: the loop begins with its whole input and is given its answer. Null: from the start. */
  start: { step: number; items: AgentInputItem[]; request: CompactRequest; answer: ModelAnswer } | null;
  /** Steps that were cut off and must not be asked again under their number. */
  skipped: Set<number>;
  /** Steps whose request is written down and whose answer is not: their words are fixed. */
  begun: Set<number>;
  /** Call ids that are taken. */
  usedIds: Set<string>;
  usage: Usage;
  /** Which model each output item came from, by its JSON. */
  origins: Map<string, ModelRef>;
  /** All answers so far, for what they used. */
  answers: ModelAnswer[];
}

/**
 * Reads the turn's model steps from its journal. Beginning at the last complete one makes recovery as dear as one
 * step, whatever the turn's length; `fromStart` goes through them all, to check them.
 */
export async function readPastSteps(journal: Journal, fromStart: boolean): Promise<PastSteps> {
  const past: PastSteps = {
    start: null,
    skipped: new Set(),
    begun: new Set(),
    usedIds: new Set(),
    usage: { requests: 0, inputTokens: 0, outputTokens: 0 },
    origins: new Map(),
    answers: [],
  };
  let items: AgentInputItem[] = [];
  let before: ModelAnswer | null = null;
  for (const { key, request, receipt } of await journal.recorded('model')) {
    const step = Number(key.slice('model:'.length));
    const result = receipt?.result as ModelReceipt | null | undefined;
    if (!receipt) past.begun.add(step);
    if (receipt && result === null) past.skipped.add(step);
    if (fromStart || !result || 'error' in result) continue;

    noteOrigins(past.origins, result);
    past.answers.push(result);
    const compact = request as CompactRequest;
    items = [...items, ...((before?.output ?? []) as AgentInputItem[])]
      .slice(0, compact.keep)
      .concat(compact.items);
    if (before) count(past.usage, before);
    for (const item of result.output) if (item.type === 'function_call') past.usedIds.add(item.callId);
    past.start = { step, items, request: compact, answer: result };
    before = result;
  }
  return past;
}

function count(usage: Usage, { usage: used }: ModelAnswer): void {
  usage.requests += 1;
  usage.inputTokens += used.inputTokens;
  usage.outputTokens += used.outputTokens;
}

/** Remembers which model these items came from. Where there was only one to ask, nobody needs to know. */
export function noteOrigins(origins: Map<string, ModelRef>, { output, model }: ModelAnswer): void {
  if (model) for (const item of output) origins.set(JSON.stringify(item), model);
}
