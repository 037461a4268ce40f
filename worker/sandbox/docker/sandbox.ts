import { setTimeout as sleep } from 'node:timers/promises';
import { DeckhandError } from '#core/errors.ts';
import { fenced } from '#core/events/appender.ts';
import { exportsOf } from '../exports.ts';
import { checkCommand, checkKey, fileError, sandboxPath, WORKSPACE } from '../limits.ts';
import type { Command, CommandResult, CommandWatch, Program, Sandbox } from '../port.ts';
import type { Frame } from './frames.ts';
import { Guard, GuardMet } from './guard.ts';
import type { SandboxOptions } from './options.ts';
import { parseRecord, resultWithout } from './record.ts';
import { LinkClosed, type RunnerLink } from './runner-link.ts';
import type { Seat } from './seat.ts';

/** The runner's own way to the end (TERM, KILL, giving up) takes 5 s; after this it no longer does its duty. */
const GUARD_MS = 8000;
const ATTEMPTS = 5;
/** Times the square of the attempt: the first looks at once, the last after two seconds. */
const PAUSE_MS = 125;
/** A runner answers from memory or from its disk. */
const ANSWER_MS = 15_000;

interface Progress {
  /** The command may have reached the sandbox. */
  sent: boolean;
  /** It runs without a claim on the disk. */
  unclaimed: boolean;
}

/** A session's sandbox as one person uses it. */
export class DockerSandbox implements Sandbox {
  readonly id: string;
  readonly #seat: Seat;
  readonly #uid: number;
  /** 0: no claim, never fenced. */
  readonly #epoch: number;
  readonly #options: SandboxOptions;

  constructor(seat: Seat, { uid, epoch }: { uid: number; epoch: number }, options: SandboxOptions) {
    this.id = seat.sessionId;
    this.#seat = seat;
    this.#uid = uid;
    this.#epoch = epoch;
    this.#options = options;
  }

  run(command: Command, watch: CommandWatch = {}): Promise<CommandResult> {
    checkCommand(command);
    return this.#seat.use(() => this.#run(command, watch));
  }

  async find(key: string): Promise<CommandResult | 'running' | 'unknown'> {
    checkKey(key);
    const frame = await this.#ask(ANSWER_MS, (link) => link.converse('F', [key]));
    if (frame.type === 'B') return 'running';
    if (frame.type === 'N') return 'unknown';
    return this.#result(key, frame) ?? resultWithout('interrupted', 0, null);
  }

  readFile(path: string, maxBytes: number): Promise<Uint8Array> {
    return this.#ask(transferMs(maxBytes), async (link) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const end = await link.converse('G', [sandboxPath(path), maxBytes], ({ payload }) => {
        length += payload.length;
        if (length <= maxBytes) chunks.push(Buffer.from(payload));
      });
      if (length > maxBytes) throw fileError('too_large', path);
      if (end.type !== 'A') throw fileError(end.payload.toString(), path);
      return Buffer.concat(chunks);
    });
  }

  writeFile(path: string, content: Uint8Array): Promise<void> {
    return this.#ask(transferMs(content.byteLength), async (link) => {
      const order = [sandboxPath(path), content.byteLength, this.#epoch];
      const end = await link.converse('P', order, undefined, content);
      if (isFenced(end)) throw fenced();
      if (end.type !== 'A') throw fileError(end.payload.toString(), path);
    });
  }

  async serve(script: string): Promise<Program> {
    // A runner that has to be started clears away everything of its person's first: it must be there by now.
    await this.find('serve');
    return this.#seat.serve(this.#uid, this.#epoch, script);
  }

  /**
   * Follows a command over lost links until its record or the sandbox's end. Asking again is safe: the claim on the
   * workspace's disk keeps a key from running twice. Where a full disk took no claim, the runner says so, and a
   * command is only joined from then on.
   */
  async #run(command: Command, watch: CommandWatch): Promise<CommandResult> {
    const startedAt = Date.now();
    const deaths = this.#seat.deaths.length;
    const progress: Progress = { sent: false, unclaimed: false };
    let why = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (watch.signal?.aborted && !progress.sent) return resultWithout('cancelled', 0, null);
      const link = await this.#seat.link(this.#uid);
      try {
        const result = await this.#follow(link, command, watch, progress);
        // The link may end a moment before the engine knows that the container did.
        const cause = result.outcome === 'interrupted' ? this.#seat.deaths[deaths] : undefined;
        return cause === undefined ? result : { ...result, note: cause };
      } catch (error) {
        if (error instanceof GuardMet) return await this.#giveUp(link, error.stopped, startedAt);
        if (!(error instanceof LinkClosed)) throw error;
        progress.sent ||= error.sent;
        why = error.message;
        // The engine may learn of a container's end a moment after we did.
        await sleep(PAUSE_MS * attempt ** 2);
        const cause = await this.#seat.causeOfDeath();
        if (cause !== null && progress.sent)
          return resultWithout('interrupted', Date.now() - startedAt, cause);
      }
    }
    // A workspace that met a full disk of the host is read-only until it is mounted anew: no runner can start in it.
    await this.#seat.remove();
    const note = `its supervisor in the sandbox was lost ${ATTEMPTS} times (${why})`;
    return resultWithout('interrupted', Date.now() - startedAt, note);
  }

  /** Starts or joins a command on a link and passes its output on until its record comes. */
  async #follow(
    link: RunnerLink,
    command: Command,
    watch: CommandWatch,
    progress: Progress,
  ): Promise<CommandResult> {
    const decoder = new TextDecoder();
    const guard = new Guard(command.timeoutMs + GUARD_MS);
    const cancel = () => {
      link.tell('C', command.key, this.#epoch);
      guard.shorten('cancelled', GUARD_MS);
    };
    const { key, workdir = WORKSPACE, timeoutMs, maxOutputBytes, maxFileBytes, script } = command;
    const whole = exportsOf(command.env) + script;
    const order = [key, sandboxPath(workdir), timeoutMs, maxOutputBytes, maxFileBytes, this.#epoch, whole];
    const onPart = ({ type, payload }: Frame) => {
      if (type === 'M') progress.unclaimed = true;
      const text = decoder.decode(payload, { stream: true });
      if (text) watch.onOutput?.(text);
    };
    const answer = progress.unclaimed ? link.converse('J', [key], onPart) : link.converse('R', order, onPart);
    if (watch.signal?.aborted) cancel();
    watch.signal?.addEventListener('abort', cancel, { once: true });
    try {
      return this.#settle(key, await Promise.race([answer, guard.met]));
    } finally {
      answer.catch(() => {});
      guard.release();
      watch.signal?.removeEventListener('abort', cancel);
    }
  }

  #settle(key: string, frame: Frame): CommandResult {
    if (isFenced(frame)) throw fenced();
    if (frame.type === 'E') {
      throw new DeckhandError(
        'sandbox.busy',
        `The sandbox takes no more commands now (${frame.payload.toString().slice(0, 100)}). Wait for one to end.`,
        { retryable: true, blame: 'asker' },
      );
    }
    return (
      this.#result(key, frame) ?? resultWithout('interrupted', 0, 'its supervisor in the sandbox was killed')
    );
  }

  /** The runner does not stop what it should: everything the person runs is killed from outside. */
  async #giveUp(link: RunnerLink, outcome: GuardMet['stopped'], startedAt: number): Promise<CommandResult> {
    await this.#seat.sweep({ uids: [this.#uid] });
    link.close('it did not answer');
    return resultWithout(
      outcome,
      Date.now() - startedAt,
      'its supervisor did not answer; all its processes were killed',
    );
  }

  #result(key: string, frame: Frame): CommandResult | null {
    return frame.type === 'S' ? parseRecord(key, frame.payload, this.#options) : null;
  }

  /** Work that may be repeated: done once more when the link turns out to be dead, given up after `ms`. */
  #ask<T>(ms: number, work: (link: RunnerLink) => Promise<T>): Promise<T> {
    return this.#seat.use(async () => {
      try {
        return await this.#inTime(ms, await this.#seat.link(this.#uid), work);
      } catch (error) {
        if (!(error instanceof LinkClosed)) throw error;
        await this.#seat.causeOfDeath();
      }
      try {
        return await this.#inTime(ms, await this.#seat.link(this.#uid), work);
      } catch (error) {
        throw error instanceof LinkClosed ? unreachable(error) : error;
      }
    });
  }

  /** A runner that does not answer belongs to the agent: it is killed, and the next one asked. */
  async #inTime<T>(ms: number, link: RunnerLink, work: (link: RunnerLink) => Promise<T>): Promise<T> {
    const guard = new Guard(ms);
    const answer = work(link);
    answer.catch(() => {});
    try {
      return await Promise.race([answer, guard.met]);
    } catch (error) {
      if (!(error instanceof GuardMet)) throw error;
      await this.#seat.sweep({ uids: [this.#uid] });
      link.close('its supervisor did not answer');
      throw new LinkClosed('its supervisor did not answer', false);
    } finally {
      guard.release();
    }
  }
}

function isFenced(frame: Frame): boolean {
  return frame.type === 'E' && frame.payload.toString() === 'fenced';
}

/** 1 MB a second is slow for a pipe. */
function transferMs(bytes: number): number {
  return ANSWER_MS + bytes / 1000;
}

function unreachable(cause: LinkClosed): DeckhandError {
  return new DeckhandError(
    'sandbox.unavailable',
    `The sandbox does not answer (${cause.message}). Try again.`,
    {
      retryable: true,
      blame: 'machine',
      cause,
    },
  );
}
