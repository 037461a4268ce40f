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
    const input = itemsOf(request);
    const setup = frameOf(request);
    const frame = fingerprint(setup);
    const lines = input.map((item) => JSON.stringify(item));
    const differs = lines.findIndex((line, index) => line !== this.#lines[index]);
    const keep = differs === -1 ? lines.length : differs;

    // Only what is new is worth more than a comparison: the whole is as long as the turn, at every step.
    const items = lines.slice(keep).map(plainItem);
    const compact: CompactRequest = {
      base: this.#base,
      keep,
      items,
      frame,
      ...(frame === this.#frame ? {} : { setup }),
      print: '',
    };
    this.#prints = this.#prints.slice(0, keep);
    this.#lines = this.#lines.slice(0, keep);
    this.#extend(lines.slice(keep), items);
    compact.print = this.#prints.at(-1) ?? '';
    this.#base = key;
    this.#frame = frame;
    return compact;
  }

  /** Takes a recorded request as the last one, as the loop shows it now, without writing it again. */
  adopt(key: string, request: ModelRequest, recorded: Pick<CompactRequest, 'frame'>): void {
    const lines = itemsOf(request).map((item) => JSON.stringify(item));
    this.#lines = [];
    this.#prints = [];
    this.#extend(lines, lines.map(plainItem));
    this.#base = key;
    // The recorded frame, not today's: where they differ the next request carries its own.
    this.#frame = recorded.frame;
  }

  /** The output of the last request; the next one usually begins with both. */
  answered(output: readonly AgentOutputItem[]): void {
    const lines = output.map((item) => JSON.stringify(item));
    this.#extend(lines, lines.map(plainItem));
  }

  #extend(lines: readonly string[], items: readonly AgentInputItem[]): void {
    this.#lines.push(...lines);
    for (const item of items) {
      this.#prints.push(sha256(`${this.#prints.at(-1) ?? ''}\n${canonical(item)}`));
    }
  }
}

function itemsOf({ input }: ModelRequest): AgentInputItem[] {
  return typeof input === 'string' ? [user(input)] : input;
}

function frameOf(request: ModelRequest): Frame {
  const frame: Frame = {
    instructions: request.systemInstructions ?? null,
    settings: request.modelSettings,
    tools: request.tools,
    outputType: request.outputType,
  };
  // Through JSON, so that fields that are `undefined` cannot make two equal requests differ.
  return JSON.parse(JSON.stringify(frame)) as Frame;
}

function plainItem(line: string): AgentInputItem {
  return wellFormedDeep(JSON.parse(line) as AgentInputItem);
}

function user(text: string): AgentInputItem {
  return { type: 'message', role: 'user', content: text };
}
