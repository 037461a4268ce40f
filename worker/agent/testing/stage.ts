import type { Model, ModelRequest } from '@openai/agents';
import type { Journal } from '#core/events/journal-port.ts';
import type { FileRef } from '#core/events/types.ts';
import type { LiveSignal } from '#core/live/ports.ts';
import { mergeTemplate } from '#core/templates/merge.ts';
import { parseTemplate } from '#core/templates/parse.ts';
import { createAgent } from '../agent.ts';
import { createModels, type Models } from '../models/models.ts';
import { openaiWords } from '../models/provider.ts';
import type { Agent, AgentContext, AgentOutcome, Decision, TurnStart } from '../port.ts';
import { MemoryJournal, MemoryLog } from './memory-journal.ts';
import { MemorySandbox } from './memory-sandbox.ts';

export const ana = { userId: 'usr_ana', name: 'Ana' };

export interface StageOptions {
  /** Default: the demo model, without pauses. */
  model?: Model;
  sandbox?: MemorySandbox;
  text?: string;
  maxSteps?: number;
  /** Instead of `model`. */
  models?: Models;
  /** The template's text. */
  template?: string;
  start?: Partial<TurnStart>;
}

/** One turn of one agent, with everything round it that outlives a process. */
export class Stage {
  readonly log = new MemoryLog();
  readonly sandbox: MemorySandbox;
  readonly signals: LiveSignal[] = [];
  readonly sent: { name: string; content: string }[] = [];
  readonly decisions = new Map<string, Decision>();
  readonly agent: Agent;
  readonly #text: string;
  readonly #start: TurnStart;

  constructor({ model, models, sandbox, text = 'hello', maxSteps, template, start }: StageOptions = {}) {
    this.sandbox = sandbox ?? new MemorySandbox();
    const given = models ?? (model ? only(model) : createModels({ demoPieceMs: 0 }));
    this.agent = createAgent({ models: given, version: '0.0.0', maxSteps });
    this.#text = text;
    this.#start = { ...startOf(template), ...start };
  }

  /** A run over the turn's log, as a process would do it. */
  run(over: Partial<AgentContext> = {}): Promise<AgentOutcome> {
    return this.agent.run({ ...this.context(new MemoryJournal(this.log)), ...over });
  }

  /** Runs and expects an answer. */
  async answer(over: Partial<AgentContext> = {}): Promise<string> {
    const outcome = await this.run(over);
    if (outcome.kind !== 'finished') throw new Error('the turn waits instead of answering');
    return outcome.answer;
  }

  context(journal: Journal): AgentContext {
    return {
      sessionId: 'ses_1',
      turnId: 'trn_1',
      harness: this.agent.begin(this.#start),
      journal,
      author: ana,
      text: this.#text,
      files: [],
      past: async () => ({ summary: null, turns: [] }),
      history: async () => [],
      replay: false,
      sandbox: async () => this.sandbox,
      decision: (callId) => this.decisions.get(callId) ?? null,
      readSkill: async (name, file) => `${file} of ${name}`,
      sendFile: async (name, mediaType, content): Promise<FileRef> => {
        this.sent.push({ name, content: Buffer.from(content).toString() });
        return {
          id: `fil_${this.sent.length}`,
          name,
          mediaType,
          size: content.byteLength,
          blob: 'f'.repeat(64),
        };
      },
      schedules: { list: none, save: none, remove: none },
      steers: { waiting: async () => false, take: none },
      live: {
        publish: (signal) => void this.signals.push(signal),
        subscribe: async () => async () => {},
        onStop: async () => async () => {},
        close: async () => {},
      },
      signal: new AbortController().signal,
      limits: { commandTimeoutMs: 60_000 },
    };
  }
}

async function none(): Promise<never> {
  throw new Error('this turn has no schedules');
}

/** A turn of Ana's that starts now, with nothing set but what the text says. */
export function startOf(template = 'format: 1'): TurnStart {
  const version = parseTemplate(template, { layer: 'system', version: 1 });
  return {
    turnId: 'trn_1',
    template: mergeTemplate('test', [version]).template,
    asker: { name: ana.name, timeZone: 'UTC', language: null },
    skills: [],
    clock: '2026-11-21T06:00:00Z',
    contextSeq: 0,
    prices: () => null,
  };
}

/** This model and no other. */
export function only(model: Model): Models {
  const ref = { provider: 'test', name: 'test', api: 'none' };
  const words = openaiWords;
  const provider = { ...ref, words, open: async () => model, adapt: (request: ModelRequest) => request };
  return { order: [ref], choose: () => [ref], has: () => true, provider: () => provider };
}
