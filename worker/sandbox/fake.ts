import { type Duplex, PassThrough } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fenced } from '#core/events/appender.ts';
import { runFakeShell } from './fake-shell.ts';
import { checkCommand, checkKey, fileError, sandboxPath, WORKSPACE } from './limits.ts';
import type {
  Command,
  CommandResult,
  CommandWatch,
  HowToClose,
  Program,
  Sandbox,
  Sandboxes,
  SandboxSpec,
} from './port.ts';

/** An answer prepared for a script, instead of running it. */
export type FakeAnswer = Partial<CommandResult>;

interface FakeCommand {
  result: Promise<CommandResult>;
  done: boolean;
  stop: AbortController;
  printed: EventTarget;
}

interface FakeSession {
  files: Map<string, Uint8Array>;
  commands: Map<string, FakeCommand>;
  programs: Map<Duplex, number>;
  /** The newest claim that has opened it. */
  epoch: number;
  open: boolean;
  /** What it was last opened from; null: the usual. */
  image: string | null;
}

/** The machine that fake sandboxes stand on: several `FakeSandboxes` on one are workers on one host. */
export class FakeHost {
  readonly sessions = new Map<string, FakeSession>();
  /** Sessions whose workspaces were saved at a turn's end, in order. */
  readonly saved: string[] = [];
  /** Every script that really ran, in order. */
  readonly ran: string[] = [];
  /** The environment that each of them was given. */
  readonly environments: Readonly<Record<string, string>>[] = [];
  readonly #answers = new Map<string, FakeAnswer>();

  /** Prepares the answer to a script. */
  answer(script: string, answer: FakeAnswer): void {
    this.#answers.set(script, answer);
  }

  session(id: string): FakeSession {
    const session = this.sessions.get(id) ?? {
      files: new Map(),
      commands: new Map(),
      programs: new Map(),
      epoch: 0,
      open: false,
      image: null,
    };
    this.sessions.set(id, session);
    return session;
  }

  start(session: FakeSession, command: Command): FakeCommand {
    this.ran.push(command.script);
    this.environments.push(command.env ?? {});
    const stop = new AbortController();
    const printed = new EventTarget();
    const started: FakeCommand = {
      result: this.#perform(session, command, stop.signal, printed),
      done: false,
      stop,
      printed,
    };
    void started.result.finally(() => {
      started.done = true;
    });
    session.commands.set(command.key, started);
    return started;
  }

  async #perform(
    session: FakeSession,
    command: Command,
    stop: AbortSignal,
    printed: EventTarget,
  ): Promise<CommandResult> {
    const startedAt = Date.now();
    let whole = '';
    const print = (text: string) => {
      whole += text;
      printed.dispatchEvent(new MessageEvent('output', { data: text }));
    };
    const finished = (outcome: CommandResult['outcome'], exitCode: number | null): CommandResult => ({
      ...cut(session, command, whole),
      outcome,
      exitCode,
      durationMs: Date.now() - startedAt,
      note: null,
    });
    // As with a real one, output comes after `run` has begun to listen.
    await setTimeout(0);
    const answer = this.#answers.get(command.script);
    if (answer) {
      print(answer.output ?? '');
      return { ...finished('exited', 0), ...answer };
    }
    const timeout = AbortSignal.timeout(command.timeoutMs);
    try {
      const signal = AbortSignal.any([stop, timeout]);
      return finished('exited', await runFakeShell(command.script, { files: session.files, print, signal }));
    } catch (error) {
      if (timeout.aborted) return finished('timed_out', null);
      if (stop.aborted) return finished(stop.reason === 'interrupted' ? 'interrupted' : 'cancelled', null);
      throw error;
    }
  }
}

function cut(
  session: FakeSession,
  command: Command,
  whole: string,
): Pick<CommandResult, 'output' | 'outputBytes' | 'outputFile'> {
  const bytes = Buffer.from(whole);
  if (bytes.length <= command.maxOutputBytes)
    return { output: whole, outputBytes: bytes.length, outputFile: null };
  const outputFile = `${WORKSPACE}/.deckhand/output/${command.key}.txt`;
  session.files.set(outputFile, bytes.subarray(0, command.maxFileBytes));
  const half = Math.floor(command.maxOutputBytes / 2);
  const left = bytes.length - 2 * half;
  const gap = `\n[… ${left} bytes left out; see ${outputFile} …]\n`;
  const output = bytes.subarray(0, half).toString() + gap + bytes.subarray(-half).toString();
  return { output, outputBytes: bytes.length, outputFile };
}

class FakeSandbox implements Sandbox {
  readonly id: string;
  readonly #host: FakeHost;
  readonly #epoch: number;

  constructor(host: FakeHost, id: string, epoch: number) {
    this.#host = host;
    this.id = id;
    this.#epoch = epoch;
  }

  async run(command: Command, watch: CommandWatch = {}): Promise<CommandResult> {
    checkCommand(command);
    const session = this.#host.session(this.id);
    if (watch.signal?.aborted) {
      return {
        ...cut(session, command, ''),
        outcome: 'cancelled',
        exitCode: null,
        durationMs: 0,
        note: null,
      };
    }
    this.#fence();
    const running = session.commands.get(command.key) ?? this.#host.start(session, command);
    const pass = (event: Event) => event instanceof MessageEvent && watch.onOutput?.(String(event.data));
    const cancel = () => running.stop.abort('cancelled');
    running.printed.addEventListener('output', pass);
    watch.signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await running.result;
    } finally {
      running.printed.removeEventListener('output', pass);
      watch.signal?.removeEventListener('abort', cancel);
    }
  }

  async find(key: string): Promise<CommandResult | 'running' | 'unknown'> {
    checkKey(key);
    const command = this.#host.session(this.id).commands.get(key);
    if (!command) return 'unknown';
    return command.done ? command.result : 'running';
  }

  async readFile(path: string, maxBytes: number): Promise<Uint8Array> {
    const { files } = this.#host.session(this.id);
    const whole = sandboxPath(path);
    const content = files.get(whole);
    if (!content && (whole === WORKSPACE || [...files.keys()].some((name) => name.startsWith(`${whole}/`)))) {
      throw fileError('not_a_file', path);
    }
    if (!content) throw fileError('missing', path);
    if (content.byteLength > maxBytes) throw fileError('too_large', path);
    return content;
  }

  async writeFile(path: string, content: Uint8Array): Promise<void> {
    const whole = sandboxPath(path);
    if (!/^\/(workspace|tmp)\//.test(whole)) throw fileError('denied', path);
    this.#fence();
    this.#host.session(this.id).files.set(whole, Uint8Array.from(content));
  }

  /** The one program that the fake knows is `cat`. */
  async serve(script: string): Promise<Program> {
    const session = this.#host.session(this.id);
    const known = script === 'cat' && !isOld(this.#epoch, session);
    const stream = new PassThrough();
    if (!known) stream.end();
    session.programs.set(stream, this.#epoch);
    stream.once('close', () => session.programs.delete(stream));
    return { stream, said: () => (known ? '' : `bash: line 1: ${script}: command not found`) };
  }

  #fence(): void {
    if (isOld(this.#epoch, this.#host.session(this.id))) throw fenced();
  }
}

function isOld(epoch: number | undefined, session: FakeSession): boolean {
  return !!epoch && epoch < session.epoch;
}

/** Sandboxes in memory, for tests of what uses them. */
export class FakeSandboxes implements Sandboxes {
  readonly host: FakeHost;
  readonly #opened = new Set<string>();

  constructor(host = new FakeHost()) {
    this.host = host;
  }

  async open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    signal?.throwIfAborted();
    const known = this.host.sessions.has(spec.sessionId);
    const session = this.host.session(spec.sessionId);
    if (isOld(spec.epoch, session)) throw fenced();
    session.epoch = Math.max(session.epoch, spec.epoch ?? 0);
    for (const [stream, epoch] of session.programs) if (isOld(epoch, session)) stream.destroy();
    session.open = true;
    session.image = spec.image ?? null;
    this.#opened.add(spec.sessionId);
    if (!known) spec.onMade?.('empty');
    return new FakeSandbox(this.host, spec.sessionId, spec.epoch ?? 0);
  }

  async expect(): Promise<void> {}

  async renew({ sessionId, epoch }: SandboxSpec): Promise<void> {
    const session = this.host.session(sessionId);
    if (isOld(epoch, session)) throw fenced();
    session.epoch = Math.max(session.epoch, epoch ?? 0);
    await this.#stop(sessionId);
    session.files.clear();
    session.commands.clear();
  }

  async save(sessionId: string): Promise<void> {
    if (this.host.sessions.get(sessionId)?.open) this.host.saved.push(sessionId);
  }

  async endTurn(sessionId: string, epoch?: number): Promise<void> {
    if (isOld(epoch, this.host.session(sessionId))) return;
    const running = [...(this.host.sessions.get(sessionId)?.commands.values() ?? [])].filter(
      (command) => !command.done,
    );
    for (const command of running) command.stop.abort('interrupted');
    for (const stream of this.host.sessions.get(sessionId)?.programs.keys() ?? []) stream.destroy();
    await Promise.all(running.map((command) => command.result));
  }

  async reap(liveSessions: (ids: string[]) => Promise<Set<string>>): Promise<number> {
    const ids = [...this.host.sessions].filter(([, session]) => session.open).map(([id]) => id);
    const live = await liveSessions(ids);
    const dead = ids.filter((id) => !live.has(id));
    for (const id of dead) await this.#stop(id);
    return dead.length;
  }

  async close({ leave = false, all = false }: HowToClose = {}): Promise<void> {
    if (all) for (const [id, session] of this.host.sessions) if (session.open) this.#opened.add(id);
    if (!leave) for (const id of this.#opened) await this.#stop(id);
    this.#opened.clear();
  }

  async #stop(id: string): Promise<void> {
    await this.endTurn(id);
    this.host.session(id).open = false;
  }
}
