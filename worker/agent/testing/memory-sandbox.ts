import { DeckhandError } from '#core/errors.ts';
import type { Command, CommandResult, CommandWatch, Sandbox } from '#worker/sandbox/port.ts';

/** What a command in a test does. `forever`: it runs until it is stopped. */
export interface Doing {
  output?: string;
  exitCode?: number;
  forever?: boolean;
}

/** A sandbox in memory that outlives the process which uses it: keyed commands run once and can be attached to. */
export class MemorySandbox implements Sandbox {
  readonly id = 'memory';
  readonly files = new Map<string, Uint8Array>();
  /** Scripts in the order they were really started. */
  readonly started: string[] = [];
  readonly #commands = new Map<string, { result: Promise<CommandResult>; settled: CommandResult | null }>();
  readonly #shell: (script: string) => Doing;

  constructor(shell: (script: string) => Doing = (script) => ({ output: `ran ${script}\n` })) {
    this.#shell = shell;
  }

  async run(command: Command, watch: CommandWatch = {}): Promise<CommandResult> {
    const known = this.#commands.get(command.key);
    if (known) return known.result;
    this.started.push(command.script);
    const entry = { result: this.#perform(command, watch), settled: null as CommandResult | null };
    this.#commands.set(command.key, entry);
    entry.settled = await entry.result;
    return entry.settled;
  }

  async find(key: string): Promise<CommandResult | 'running' | 'unknown'> {
    const known = this.#commands.get(key);
    return known ? (known.settled ?? 'running') : 'unknown';
  }

  /** Forgets all commands, as a new container would. */
  forget(): void {
    this.#commands.clear();
  }

  async readFile(path: string, maxBytes: number): Promise<Uint8Array> {
    const content = this.files.get(path);
    if (!content) throw new DeckhandError('file.missing', `There is no file ${path}.`);
    if (content.byteLength > maxBytes) throw new DeckhandError('file.too_large', `${path} is too large.`);
    return content;
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    this.files.set(path, content);
  }

  async serve(): Promise<never> {
    throw new DeckhandError('sandbox.unavailable', 'This sandbox serves no programs.');
  }

  async #perform(command: Command, watch: CommandWatch): Promise<CommandResult> {
    const { output = '', exitCode = 0, forever = false } = this.#shell(command.script);
    watch.onOutput?.(output);
    if (forever) {
      const stopped = Promise.withResolvers<void>();
      if (watch.signal?.aborted) stopped.resolve();
      watch.signal?.addEventListener('abort', () => stopped.resolve());
      await stopped.promise;
      return { ...bounded(output, command), outcome: 'cancelled', exitCode: null };
    }
    return { ...bounded(output, command), outcome: 'exited', exitCode };
  }
}

function bounded(output: string, { maxOutputBytes }: Command) {
  const cut = output.length > maxOutputBytes;
  return {
    output: cut ? output.slice(0, maxOutputBytes) : output,
    outputBytes: output.length,
    outputFile: cut ? '/workspace/.deckhand/output.txt' : null,
    durationMs: 5,
    note: null,
  };
}
