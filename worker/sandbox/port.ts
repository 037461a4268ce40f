import type { Duplex } from 'node:stream';

/** What the platform asks of sandboxes. No vendor word in here; `docker/` implements it, the fake and it pass one suite. */

export interface SandboxSpec {
  sessionId: string;
  /** Whose commands run in it now; each person has a kernel uid of their own. */
  userId: string;
  /**
   * The claim's epoch (I8): from now on a sandbox opened under an older one runs, writes and cancels nothing in this
   * session. Absent for who holds no claim and only looks.
   */
  epoch?: number;
  /** What its container is started from; absent: the installation's own. One that runs from another is replaced. */
  image?: string;
  /** Told before `open` resolves when it had to make the workspace on this host. */
  onMade?(made: Made): void;
}

/** What a workspace began with that had to be made on this host: what another host had saved, or nothing. */
export type Made = 'saved' | 'empty';

/** What becomes of the sandboxes when a worker ends; workspaces stay. */
export interface HowToClose {
  /** They are left to the other workers of this host: they may have commands in them by now. */
  leave?: boolean;
  /** Also those that other workers of this host left behind, for the last one. */
  all?: boolean;
}

/** Opens, finds again and clears away sandboxes. */
export interface Sandboxes {
  /**
   * The session's sandbox, made on the first call. Concurrent calls for one session give one sandbox.
   * @throws {DeckhandError} `sandbox.unavailable`; `sandbox.image_missing`; `turn.fenced` when a newer claim has opened it
   */
  open(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox>;
  /** A turn has begun that may want a sandbox: what takes long is prepared, if anything is kept ready. Never needed. */
  expect(spec: SandboxSpec): Promise<void>;
  /**
   * Throws the session's workspace away, whoever's files are in it: what is opened next begins with an empty one.
   * @throws {DeckhandError} `turn.fenced`
   */
  renew(spec: SandboxSpec): Promise<void>;
  /** Ends what the turn left running, without making a sandbox if there is none; nothing when its epoch is old. */
  endTurn(sessionId: string, epoch?: number): Promise<void>;
  /**
   * Saves the session's workspace for other hosts as `endTurn` left it, its sandbox still standing; nothing where none
   * stands. Whoever calls it sees to it that no turn of the session begins meanwhile. @throws when it could not be saved
   */
  save(sessionId: string): Promise<void>;
  /**
   * Stops idle sandboxes and those of sessions that nobody knows; of these the workspaces go as well, after a day
   * without use. Returns how many sandboxes it stopped.
   */
  reap(liveSessions: (ids: string[]) => Promise<Set<string>>): Promise<number>;
  /** Stops the sandboxes that this process opened, unless told otherwise. */
  close(how?: HowToClose): Promise<void>;
}

export interface Sandbox {
  readonly id: string;
  /**
   * Runs a command under a key, once: a second call with the same key attaches to the first one's output and status,
   * also from another process after a crash.
   * @throws {DeckhandError} `sandbox.unavailable` when the engine is gone, `turn.fenced`
   */
  run(command: Command, watch?: CommandWatch): Promise<CommandResult>;
  /** What became of a keyed command: its result, `running`, or `unknown` when it left no trace. */
  find(key: string): Promise<CommandResult | 'running' | 'unknown'>;
  /** @throws {DeckhandError} `file.missing`, `file.too_large`, `file.not_a_file` */
  readFile(path: string, maxBytes: number): Promise<Uint8Array>;
  /** Creates parent folders. @throws {DeckhandError} `file.denied`, `disk.full`, `turn.fenced` */
  writeFile(path: string, content: Uint8Array): Promise<void>;
  /**
   * Starts a program in `/workspace` that is talked to over its standard streams. It ends when its stream is closed,
   * with the turn, and when a newer claim opens the sandbox: what an older one still says does not reach it (I8).
   * @throws {DeckhandError} `sandbox.unavailable`
   */
  serve(script: string): Promise<Program>;
}

export interface Program {
  /** What it prints to be read, what it reads to be written. */
  readonly stream: Duplex;
  /** The end of what it has said on standard error. */
  said(): string;
}

export interface Command {
  /** Unique in the session; `[A-Za-z0-9_.-]{1,128}`. */
  key: string;
  /** Given to `bash -lc`. */
  script: string;
  /** Default `/workspace`. */
  workdir?: string;
  /** Set before the script runs; names that no shell takes are left out. */
  env?: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** Bytes of output kept in the result (head and tail); all of it, up to `maxFileBytes`, goes to a file. */
  maxOutputBytes: number;
  maxFileBytes: number;
}

export interface CommandWatch {
  /** Called with decoded output as it comes, never after `run` has settled. */
  onOutput?(text: string): void;
  /** Stops the command and everything it started: TERM, then KILL after 2 s. */
  signal?: AbortSignal;
}

export interface CommandResult {
  /** `interrupted`: it may or may not have done its work (its supervisor or its container is gone). */
  outcome: 'exited' | 'signalled' | 'timed_out' | 'cancelled' | 'interrupted';
  exitCode: number | null;
  /** Both streams in the order they came, head and tail when it was longer; always well-formed UTF-16. */
  output: string;
  /** All that was printed, also what was thrown away. */
  outputBytes: number;
  /** In the sandbox: all the output, when `output` is cut. */
  outputFile: string | null;
  durationMs: number;
  /** A cause in words when there is one: out of memory, process limit, disk full. */
  note: string | null;
}
