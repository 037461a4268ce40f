import type { AgentInputItem, AgentOutputItem, ModelRequest } from '@openai/agents';
import { canonical, fingerprint, sha256, wellFormedDeep } from '#core/events/canonical.ts';

/** What does not change from one model call of a turn to the next. */
interface Frame {
  instructions: string | null;
  settings: unknown;
  tools: unknown;
  outputType: unknown;
}

/**
 * A model call's request, so written that a turn's requests together grow with its length and not with the square of
 * it. The whole request is the first `keep` of (the items of `base`, then its output), followed by `items`.
 */
export interface CompactRequest {
  base: string | null;
  keep: number;
  items: AgentInputItem[];
  /** Fingerprint of the frame; the frame itself stands where it is new. */
  frame: string;
  setup?: Frame;
  /** Fingerprint over all items of the whole request, one after the other. */
  print: string;
}

/** Remembers the last request of a turn, to write the next one as a difference. */
export class RequestLog {
  #base: string | null = null;
  #frame = '';
  /** The items of the last request and its output, as text, and the running fingerprint after each. */
  #lines: string[] = [];
  #prints: string[] = [];

  compact(key: string, request: ModelRequest): CompactRequest {
    const items = plain(typeof request.input === 'string' ? [user(request.input)] : request.input);
    const setup = frameOf(request);
    const frame = fingerprint(setup);
    const lines = items.map((item) => JSON.stringify(item));
    const differs = lines.findIndex((line, index) => line !== this.#lines[index]);
    const keep = differs === -1 ? lines.length : differs;

    const compact: CompactRequest = {
      base: this.#base,
      keep,
      items: items.slice(keep),
      frame,
      ...(frame === this.#frame ? {} : { setup }),
      print: '',
    };
    this.#prints = this.#prints.slice(0, keep);
    this.#lines = this.#lines.slice(0, keep);
    this.#extend(items.slice(keep));
    compact.print = this.#prints.at(-1) ?? '';
    this.#base = key;
    this.#frame = frame;
    return compact;
  }

  /** The output of the last request; the next one usually begins with both. */
  answered(output: readonly AgentOutputItem[]): void {
    this.#extend(plain([...output]));
  }

  #extend(items: readonly AgentInputItem[]): void {
    for (const item of items) {
      this.#lines.push(JSON.stringify(item));
      this.#prints.push(sha256(`${this.#prints.at(-1) ?? ''}\n${canonical(item)}`));
    }
  }
}

function frameOf(request: ModelRequest): Frame {
  return plain({
    instructions: request.systemInstructions ?? null,
    settings: request.modelSettings,
    tools: request.tools,
    outputType: request.outputType,
  });
}

/** Through JSON, so that fields that are `undefined` cannot make two equal requests differ. */
function plain<T>(value: T): T {
  return wellFormedDeep(JSON.parse(JSON.stringify(value)) as T);
}

function user(text: string): AgentInputItem {
  return { type: 'message', role: 'user', content: text };
}
