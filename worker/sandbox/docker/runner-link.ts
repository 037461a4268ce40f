import type { Duplex } from 'node:stream';
import { visible } from '#core/approvals/visible.ts';
import { WORKSPACE } from '../limits.ts';
import type { EngineCalls } from './engine-calls.ts';
import { environmentOf } from './environment.ts';
import { ExecStream } from './exec-stream.ts';
import { encodeFields, encodeFrame, type Frame, FrameReader } from './frames.ts';
import { HELPER, WORKSPACE_GID } from './options.ts';

/** The link ended before the answer came: the runner, the container or the engine is gone. */
export class LinkClosed extends Error {
  override readonly name = 'LinkClosed';
  /** False when the request cannot have reached the sandbox. */
  readonly sent: boolean;

  constructor(message: string, sent: boolean) {
    super(message);
    this.sent = sent;
  }
}

/** Frames that are part of an answer; any other ends it. */
const PARTS = new Set(['O', 'D', 'M']);
const STDERR_KEPT = 2000;

interface Conversation {
  onPart: (frame: Frame) => void;
  resolve: (frame: Frame) => void;
  reject: (error: Error) => void;
}

/** One exec of `helper attach`: many requests at once over one stream to a person's runner in a sandbox. */
export class RunnerLink {
  readonly uid: number;
  readonly #stream: Duplex;
  readonly #open = new Map<number, Conversation>();
  #lastId = 0;
  #said = '';
  #spoken = false;
  #closed = false;

  private constructor(uid: number, stream: Duplex) {
    this.uid = uid;
    this.#stream = stream;
    const exec = new ExecStream();
    const frames = new FrameReader();
    stream.on('data', (chunk: Buffer) => {
      for (const { stream: from, data } of exec.push(chunk)) {
        if (from === 'stderr') this.#said = (this.#said + data.toString()).slice(0, STDERR_KEPT);
        else if (!this.#read(frames, data)) return;
      }
    });
    stream.on('error', (error: Error) => this.close(error.message));
    stream.on('close', () => this.close('the stream closed'));
    stream.on('end', () => this.close('the stream ended'));
  }

  /** Attaches under the person's uid; starts their runner when there is none. */
  static async open(engine: EngineCalls, container: string, uid: number): Promise<RunnerLink> {
    const stream = await engine.attach(container, {
      Cmd: [HELPER, 'attach'],
      User: `${uid}:${WORKSPACE_GID}`,
      Env: environmentOf(uid),
      WorkingDir: WORKSPACE,
    });
    return new RunnerLink(uid, stream);
  }

  /** Starts under the person's uid in a sandbox whose workspace is still to come; `begin` makes a link of it. */
  static wait(engine: EngineCalls, container: string, uid: number): Promise<Duplex> {
    return engine.attach(container, {
      Cmd: [HELPER, 'wait'],
      User: `${uid}:${WORKSPACE_GID}`,
      Env: environmentOf(uid),
      WorkingDir: '/',
    });
  }

  /** The link over a stream that has waited, now that the workspace is there. */
  static begin(stream: Duplex, uid: number): RunnerLink {
    stream.write('!');
    return new RunnerLink(uid, stream);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends a request and resolves with the frame that ends its answer. @throws {LinkClosed} */
  converse(
    type: string,
    fields: (string | number)[],
    onPart: (frame: Frame) => void = () => {},
    body?: Uint8Array,
  ): Promise<Frame> {
    const { promise, resolve, reject } = Promise.withResolvers<Frame>();
    if (this.#closed) return Promise.reject(new LinkClosed(this.#said.trim() || 'the link is closed', false));
    this.#lastId += 1;
    const id = this.#lastId;
    this.#open.set(id, { onPart, resolve, reject });
    this.#stream.write(encodeFrame(type, id, encodeFields(...fields)));
    if (body) void this.#upload(id, body);
    return promise;
  }

  /** Sends a request that has no answer of its own. */
  tell(type: string, ...fields: (string | number)[]): void {
    if (!this.#closed) this.#stream.write(encodeFrame(type, 0, encodeFields(...fields)));
  }

  close(why = 'closed by the worker'): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.destroy();
    const error = new LinkClosed(this.#said.trim() || why, true);
    for (const conversation of this.#open.values()) conversation.reject(error);
    this.#open.clear();
  }

  async #upload(id: number, body: Uint8Array): Promise<void> {
    const chunkBytes = 1 << 16;
    for (let at = 0; at < body.byteLength && !this.#closed; at += chunkBytes) {
      const more = this.#stream.write(encodeFrame('D', id, body.subarray(at, at + chunkBytes)));
      if (more) continue;
      await new Promise<void>((resolve) => {
        const go = () => {
          this.#stream.off('drain', go).off('close', go);
          resolve();
        };
        this.#stream.once('drain', go).once('close', go);
      });
    }
  }

  /** False: this was no frame, and the link is closed. */
  #read(frames: FrameReader, data: Buffer): boolean {
    try {
      for (const frame of frames.push(data)) {
        this.#spoken = true;
        this.#take(frame);
      }
      return true;
    } catch (error) {
      // An engine that could not start the helper (its container is just dying) says so where the helper would speak.
      if (!this.#spoken) this.#said ||= visible(data.toString().trim()).slice(0, STDERR_KEPT);
      this.close(`the runner spoke rubbish: ${error}`);
      return false;
    }
  }

  #take(frame: Frame): void {
    const conversation = this.#open.get(frame.id);
    if (!conversation) return;
    if (PARTS.has(frame.type)) {
      conversation.onPart(frame);
      return;
    }
    this.#open.delete(frame.id);
    conversation.resolve(frame);
  }
}
