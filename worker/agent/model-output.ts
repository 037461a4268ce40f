import type { AgentOutputItem } from '@openai/agents';
import { wellFormedDeep } from '#core/events/canonical.ts';

/** Call ids become keys of effects and names of files in the sandbox. */
const usableId = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * A model's output as the loop can trust it: well-formed text, every call with an id of its own in the turn and with
 * arguments that are a JSON object. The SDK ends the run for a missing id, silently drops a call with a reused one, and
 * asks people to approve a call whose arguments do not parse.
 */
export function normaliseOutput(
  output: readonly AgentOutputItem[],
  step: number,
  usedIds: Set<string>,
): AgentOutputItem[] {
  return output.map((raw, index) => {
    const item = wellFormedDeep(raw);
    if (item.type !== 'function_call') return item;
    const known = usableId.test(item.callId ?? '') && !usedIds.has(item.callId);
    const callId = known ? item.callId : freeId(`call_${step}_${index}`, usedIds);
    usedIds.add(callId);
    return { ...item, callId, arguments: objectText(item.arguments) };
  });
}

function freeId(wanted: string, usedIds: Set<string>): string {
  let id = wanted;
  for (let n = 1; usedIds.has(id); n += 1) id = `${wanted}_${n}`;
  return id;
}

/** Text that is no JSON object is handed on inside one, so that the tool can refuse it in words. */
function objectText(text: string | undefined): string {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return text ?? '';
  } catch {
    // Refused by the tool's schema, with the text in view.
  }
  return JSON.stringify({ not_json: text ?? '' });
}
