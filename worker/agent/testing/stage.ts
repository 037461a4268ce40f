import type { Model } from '@openai/agents';
import type { Journal } from '#core/events/journal-port.ts';
import type { FileRef } from '#core/events/types.ts';
import type { LiveSignal } from '#core/live/ports.ts';
import { createAgent } from '../agent.ts';
import { createModels, type Models } from '../models/models.ts';
import type { Agent, AgentContext, AgentOutcome, Decision } from '../port.ts';
import { MemoryJournal, MemoryLog } from './memory-journal.ts';
import { MemorySandbox } from './memory-sandbox.ts';

export const ana = { userId: 'usr_ana', name: 'Ana' };

export interface StageOptions {
  /** Default: the demo model, without pauses. */
  model?: Model;
  sandbox?: MemorySandbox;
  text?: string;
  maxSteps?: number;
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

  constructor({ model, sandbox, text = 'hello', maxSteps }: StageOptions = {}) {
    this.sandbox = sandbox ?? new MemorySandbox();
    const models = model ? only(model) : createModels({ model: 'unused', api: 'responses', demoPieceMs: 0 });
    this.agent = createAgent({ models, version: '0.0.0', maxSteps });
    this.#text = text;
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
      harness: this.agent.harness('default', '2026-11-21T06:00:00Z', 0),
      journal,
      author: ana,
      text: this.#text,
      files: [],
      history: [],
      replay: false,
      sandbox: async () => this.sandbox,
      decision: (callId) => this.decisions.get(callId) ?? null,
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

function only(model: Model): Models {
  return { current: { provider: 'test', name: 'test', api: 'none' }, open: () => model };
}
