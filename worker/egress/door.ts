import { once } from 'node:events';
import { chmod, chown, rename } from 'node:fs/promises';
import type { Server as HttpServer } from 'node:http';
import type { Http2Server } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { doorSocketName } from '#core/doors/place.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import type { Range } from '#core/policy/ranges.ts';
import type { Authority } from './authority/authority.ts';
import type { Passage } from './head.ts';
import type { DoorParts } from './parts.ts';
import type { Lookup, Rulings, Witness } from './ports.ts';
import { Refused, unheard } from './refused.ts';
import { createHttp1, createHttp2 } from './servers.ts';
import { Share } from './share.ts';
import { Upstreams } from './upstreams.ts';

const backlog = 4096;

export interface DoorOptions {
  /** A folder of its own, whose parent only this user may enter. */
  folder: string;
  /** Who may connect: the forwarder's uid. */
  socketUid: number;
  /** Where workers knock, who are this user; none if absent. */
  workerSocket?: string;
  authority: Authority;
  rulings: Rulings;
  lookup: Lookup;
  witness: Witness;
  /** Addresses that are refused whatever policy says: this machine's and Deckhand's own. */
  own(): readonly Range[];
  /** As `upstreamTrust` made it; shared by all doors of a process. */
  trust: SecureContext;
  connectionsMax: number;
  requestsMax: number;
  /** How long a server may say nothing; five minutes if not given. */
  silenceMs?: number;
}

/** One sandbox's door: a socket, and all that came through it. */
export class Door implements DoorParts {
  readonly authority: Authority;
  readonly rulings: Rulings;
  readonly lookup: Lookup;
  readonly witness: Witness;
  readonly share = new Share();
  readonly #options: DoorOptions;
  readonly #http1: HttpServer;
  readonly #http2: Http2Server;
  /** Hands on what workers connect to; read as what comes from the sandbox is. */
  readonly #workers: Server;
  readonly #sockets = new Set<Socket>();
  readonly #passages = new WeakMap<object, Passage>();
  #upstreams: Upstreams;
  readonly #requests = new Set<AbortController>();

  private constructor(options: DoorOptions) {
    this.#options = options;
    this.authority = options.authority;
    this.rulings = options.rulings;
    this.lookup = options.lookup;
    this.witness = options.witness;
    this.#upstreams = new Upstreams(options.trust, options.silenceMs);
    this.#http1 = createHttp1(this);
    this.#http2 = createHttp2(this);
    this.#http1.prependListener('connection', (socket) => this.#count(socket, false));
    this.#workers = createServer((socket) => {
      this.#count(socket, true);
      this.#http1.emit('connection', socket);
    });
  }

  /** Opens the socket. @throws {DeckhandError} `door_unavailable` */
  static async open(options: DoorOptions): Promise<Door> {
    const door = new Door(options);
    const path = join(options.folder, doorSocketName);
    const { socketUid, workerSocket } = options;
    try {
      await listen(door.#http1, path, socketUid);
      if (workerSocket) await listen(door.#workers, workerSocket, null);
    } catch (error) {
      await door.close();
      const why = `The door's socket cannot be opened at ${path}: ${messageOf(error)}. Egress must own the folder and may give files away.`;
      throw new DeckhandError('door_unavailable', why, { blame: 'machine', cause: error });
    }
    return door;
  }

  get upstreams(): Upstreams {
    return this.#upstreams;
  }

  own(): readonly Range[] {
    return this.#options.own();
  }

  /** Connections that stand open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Ends everything that came through, in both directions; the door itself stays for the next turn. */
  closeTurn(): void {
    // At once, not when the sockets have got round to it: nothing may be sent for a turn that is over.
    for (const request of this.#requests) request.abort();
    for (const socket of this.#sockets) socket.destroy();
    // What they were made for is not the next turn's to pay.
    this.#sockets.clear();
    this.#upstreams.destroy();
    this.#upstreams = new Upstreams(this.#options.trust, this.#options.silenceMs);
    this.share.forgive();
  }

  /** Resolves when no request is under way, or after `withinMs`. */
  async settled(withinMs: number): Promise<void> {
    const end = Date.now() + withinMs;
    while (this.#requests.size > 0 && Date.now() < end) await new Promise(setImmediate);
  }

  async close(): Promise<void> {
    this.closeTurn();
    this.#http2.close();
    if (this.#workers.listening) this.#workers.close();
    if (!this.#http1.listening) return;
    await new Promise((resolve) => this.#http1.close(resolve));
  }

  serve(socket: Duplex, passage: Passage): void {
    this.#passages.set(socket, passage);
    this.#http1.emit('connection', socket);
  }

  serveHttp2(socket: Duplex, passage: Passage): void {
    // Node hides a session's socket behind a proxy object: the session itself is what requests are known by.
    this.#http2.once('session', (session) => this.#passages.set(session, passage));
    this.#http2.emit('connection', socket);
  }

  passageOf(connection: object): Passage {
    const passage = this.#passages.get(connection);
    if (!passage) throw new Refused(400, 'request_invalid', 'This request came from nowhere.');
    return passage;
  }

  async admit<T>(gone: AbortController, worker: boolean, work: () => Promise<T>): Promise<T> {
    const { requestsMax } = this.#options;
    if (this.#requests.size >= requestsMax) {
      if (this.share.deaf) throw unheard;
      const why = `This sandbox already has ${requestsMax} requests under way. Wait for some to end.`;
      throw new Refused(503, 'too_many_requests', why);
    }
    this.#requests.add(gone);
    try {
      if (!worker && !this.share.free && !(await this.share.enter(gone.signal))) throw unheard;
      return await work();
    } finally {
      this.#requests.delete(gone);
    }
  }

  /** Only what came in from outside; what is inside a tunnel ends with it. A worker is never one too many. */
  #count(socket: Socket, worker: boolean): void {
    if (this.#passages.has(socket)) return;
    socket.on('error', () => socket.destroy());
    const { connectionsMax } = this.#options;
    this.#sockets.add(socket);
    const visit = { asked: worker };
    socket.once('close', () => {
      // A greeting costs as much as a request: who only greets comes for nothing.
      if (this.#sockets.delete(socket) && !visit.asked) this.share.charge();
    });
    const count = this.#sockets.size;
    const welcome = worker || count <= connectionsMax;
    this.#passages.set(socket, welcome ? { kind: 'door', worker, visit } : { kind: 'surplus', visit });
    // Some are told why; who goes on regardless is not listened to.
    if (!welcome && count > 2 * connectionsMax) socket.destroy();
  }
}

/** Under another name until it is whole, so that nobody meets a socket that they may not use. */
async function listen(server: Server | HttpServer, path: string, uid: number | null): Promise<void> {
  const draft = `${path}.${process.pid}`;
  server.listen({ path: draft, backlog });
  await once(server, 'listening');
  await chmod(draft, 0o600);
  if (uid !== null) await chown(draft, uid, uid);
  await rename(draft, path);
}
