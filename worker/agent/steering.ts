import type { AgentInputItem, ModelRequest } from '@openai/agents';
import type { SteeredMessage } from '#core/turns/steers.ts';
import { inboxNote, user } from './context/conversation.ts';
import type { PastSteps } from './past-steps.ts';
import type { AgentContext } from './port.ts';
import type { Stops } from './stops.ts';

const prefix = 'steer:';

/** Where the author's later words stand in what a model is asked. */
interface Placed {
  /** So many items of the loop's own stand before them. */
  at: number;
  items: AgentInputItem[];
}

/**
 * Words that the author adds while the turn runs reach the model at its next step, behind everything that was done by
 * then: the effect `steer:<n>` before `model:<n>`, so that every run of the turn hears the same at the same place.
 */
export function createSteering(context: AgentContext, past: PastSteps, stops: Stops) {
  const { journal, steers, replay } = context;
  const placed: Placed[] = [];
  let recorded: number[] | null = null;
  /** The loop began with the words of all steps up to here. */
  let heard = past.start?.step ?? -1;

  async function listen(step: number): Promise<number[]> {
    recorded ??= (await journal.recorded('steer')).map(({ key }) => Number(key.slice(prefix.length)));
    const due = recorded.filter((one) => one > heard && one <= step).sort((one, other) => one - other);
    heard = step;
    // What a model was asked already stays what it was; nothing is steered before its first words.
    const closed = replay || step === 0 || past.begun.has(step) || due.includes(step);
    return !closed && (await steers.waiting()) ? [...due, step] : due;
  }

  async function take(step: number): Promise<AgentInputItem[]> {
    const key = `${prefix}${step}`;
    if (!journal.settled(key)) stops.check();
    const { result } = await stops.orLeave(
      journal.effect<SteeredMessage[] | null>(
        { key, kind: 'steer', title: 'hear the author', request: { before: `model:${step}` } },
        async () => ({ outcome: 'done', result: await steers.take(key) }),
      ),
    );
    return (result ?? []).flatMap(({ text, files }) => [
      ...(files.length === 0 ? [] : [user(inboxNote(files))]),
      user(text),
    ]);
  }

  return {
    /** The request of this step with all that the author has said since the turn began. */
    async join(step: number, request: ModelRequest): Promise<ModelRequest> {
      const own: AgentInputItem[] = typeof request.input === 'string' ? [user(request.input)] : request.input;
      for (const due of await listen(step)) {
        const items = await take(due);
        if (items.length > 0) placed.push({ at: own.length, items });
      }
      if (placed.length === 0) return request;
      const cuts = placed.map(({ at, items }, index) => [
        ...own.slice(index === 0 ? 0 : placed[index - 1]?.at, at),
        ...items,
      ]);
      return { ...request, input: [...cuts.flat(), ...own.slice(placed.at(-1)?.at)] };
    },
  };
}
