import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  ErrorCode,
  McpError,
  type Result,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { Knocking } from '#core/doors/ports.ts';
import type { ServerAnswer } from '#core/mcp/types.ts';
import type { Program } from '#worker/sandbox/port.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { openDoorFetch } from './door-fetch.ts';
import { faultOfAnswer, isAnswered, questionWords, readQuestion } from './elicitation.ts';
import { faultOf } from './fault.ts';
import { ProgramTransport } from './program-transport.ts';
import { type Listing, listLimits, readTools } from './read-tools.ts';
import { ServerFault } from './server-fault.ts';

/** Where a connection goes: through the door with these headers, or to a program in the sandbox. */
export type Way =
  | { kind: 'http'; url: string; headers: Record<string, string>; knocking: Knocking }
  | { kind: 'stdio'; program: Program };

/** What a server answered to a call; of its content nothing is trusted. */
export interface Answer {
  failed: boolean;
  content: unknown[];
  structured: unknown;
  /** What the server asked of us meanwhile, and was refused, in words. */
  asked: string[];
}

export interface CallOptions {
  timeoutMs: number;
  signal: AbortSignal;
  onProgress(text: string): void;
  /** What the person lets the server be told, should it ask. */
  answers?: readonly ServerAnswer[];
}

export interface OpenOptions {
  /** To connect, and for a list. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Told when the connection is over, whoever ended it. */
  onClosed(): void;
}

/** Lists have pages; a server that never ends them is not followed. */
const maxPages = 20;
const farewellMs = 1_000;

const listPage = z.object({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const callAnswer = z.object({
  content: z.array(z.unknown()).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
});

/** Asks that tool servers may put to their clients, and why each is refused here. */
const refusals: Record<string, string> = {
  'sampling/createMessage':
    'It asked for an answer of a language model (sampling). Deckhand refuses that: models answer to people, not to tool servers.',
  'elicitation/create':
    'It wanted to ask the person something that Deckhand does not put to people: more than a few fields of text, numbers and choices, or a visit to another place. Ask the person yourself, if it matters.',
  'roots/list': 'It asked which folders it may use (roots). Deckhand names none.',
};

/** One connection to a tool server, and the list that it gave over it. */
export class ServerConnection {
  readonly #client: Client;
  readonly #transport: Transport;
  readonly #timeoutMs: number;
  readonly #release: () => Promise<void>;
  readonly #asked = new Set<string>();
  /** Of the calls under way; a server does not say which of them its question belongs to. */
  readonly #answers = new Set<ServerAnswer>();
  #listing: Promise<Listing> | null = null;
  /** What ended it from this side. */
  #fault: ServerFault | null = null;
  #closed = false;

  private constructor(client: Client, transport: Transport, timeoutMs: number, release: () => Promise<void>) {
    this.#client = client;
    this.#transport = transport;
    this.#timeoutMs = timeoutMs;
    this.#release = release;
  }

  /** @throws {ServerFault} */
  static async open(way: Way, { timeoutMs, signal, onClosed }: OpenOptions): Promise<ServerConnection> {
    let broken = (_error: Error) => {};
    const onFault = (error: Error) => broken(error);
    const { transport, release } = transportOf(way, onFault);
    // No capability but questions to the person: all else that a server may ask of a client is refused, in words.
    const capabilities = { elicitation: { form: {} } };
    const client = new Client({ name: 'deckhand', version: packageJson.version }, { capabilities });
    const connection = new ServerConnection(client, transport, timeoutMs, release);
    broken = (error) => connection.#break(error);
    client.fallbackRequestHandler = async ({ method, params }) =>
      method === 'elicitation/create' ? connection.#question(params) : connection.#refuse(method);
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      connection.#listing = null;
    });
    client.onclose = () => {
      connection.#closed = true;
      onClosed();
    };
    try {
      await client.connect(transport, { timeout: timeoutMs, signal });
      await connection.listing(signal);
      return connection;
    } catch (error) {
      const said = way.kind === 'stdio' ? way.program.said().trim() : '';
      await connection.close();
      const fault = connection.#faultOf(error);
      throw said === ''
        ? fault
        : new ServerFault(`${fault.message}. It said: ${said.slice(-400)}`, false, { cause: error });
    }
  }

  /** What the server lists now: asked once, and anew after it has said that it changed. @throws {ServerFault} */
  listing(signal: AbortSignal): Promise<Listing> {
    this.#listing ??= this.#list(signal).catch((error) => {
      this.#listing = null;
      throw error;
    });
    return this.#listing;
  }

  /** @throws {ServerFault} `begun`: the server may have done it */
  async call(
    tool: string,
    args: Record<string, unknown>,
    { timeoutMs, signal, onProgress, answers = [] }: CallOptions,
  ): Promise<Answer> {
    this.#asked.clear();
    for (const answer of answers) this.#answers.add(answer);
    try {
      const answer = await this.#client.request(
        { method: 'tools/call', params: { name: tool, arguments: args } },
        callAnswer,
        {
          timeout: timeoutMs,
          signal,
          onprogress: ({ message }) => message && onProgress(`${message}\n`),
        },
      );
      return {
        failed: answer.isError === true,
        content: answer.content,
        structured: answer.structuredContent,
        asked: [...this.#asked],
      };
    } catch (error) {
      const fault = faultOf(this.#fault ?? error, timeoutMs);
      if (fault.forgotten || fault.unauthorized) void this.close();
      const asked = [...this.#asked].map((one) => ` ${one}`).join('');
      throw asked === ''
        ? fault
        : new ServerFault(`${fault.message}.${asked}`, fault.begun, {
            cause: error,
            forgotten: fault.forgotten,
            unauthorized: fault.unauthorized,
          });
    } finally {
      for (const answer of answers) this.#answers.delete(answer);
    }
  }

  /** Says farewell to a server that keeps sessions, for as long as that is worth, and lets go. */
  async close(): Promise<void> {
    if (this.#closed) return this.#release();
    this.#closed = true;
    if (this.#transport instanceof StreamableHTTPClientTransport && !this.#fault) {
      const late = new Promise((resolve) => setTimeout(resolve, farewellMs).unref());
      await Promise.race([this.#transport.terminateSession().catch(() => {}), late]);
    }
    await this.#client.close().catch(() => {});
    await this.#release();
  }

  async #list(signal: AbortSignal): Promise<Listing> {
    const raw: unknown[] = [];
    let cursor: string | undefined;
    const options = { timeout: this.#timeoutMs, signal };
    try {
      for (let page = 0; page < maxPages; page += 1) {
        const params = cursor === undefined ? {} : { cursor };
        const { tools, nextCursor } = await this.#client.request(
          { method: 'tools/list', params },
          listPage,
          options,
        );
        raw.push(...tools);
        if (nextCursor === undefined || nextCursor === cursor || raw.length > listLimits.tools) break;
        cursor = nextCursor;
      }
    } catch (error) {
      throw this.#faultOf(error);
    }
    return readTools(raw);
  }

  #faultOf(error: unknown): ServerFault {
    return faultOf(this.#fault ?? error, this.#timeoutMs);
  }

  #break(error: Error): void {
    this.#fault ??= new ServerFault(error.message, true, { cause: error });
    void this.close();
  }

  /**
   * A question to the person. An answer of people takes hours, and a turn that waits holds no call open: what nobody has
   * answered before is cancelled, so that the server ends its call, and told to the agent, who can have it answered.
   */
  #question(params: unknown): Result {
    const question = readQuestion(params);
    if (!question) return this.#refuse('elicitation/create');
    const answer = [...this.#answers].find((one) => isAnswered(question, one.question));
    const fault = answer ? faultOfAnswer(question, answer.content) : null;
    if (answer && fault === null) {
      // Once: a server that asks the same again is told nothing by itself.
      this.#answers.delete(answer);
      return { action: 'accept', content: answer.content };
    }
    const why = fault === null ? '' : ` What was allowed does not fit: ${fault}.`;
    this.#asked.add(
      `It asks the person something, and was told that nobody answers now.${why} Have it answered by answer_server, with this question word by word:\n${questionWords(question)}`,
    );
    return { action: 'cancel' };
  }

  #refuse(method: string): never {
    const known = Object.hasOwn(refusals, method) ? refusals[method] : undefined;
    const why =
      known ?? `It asked for ${JSON.stringify(method.slice(0, 60))}, which Deckhand does not offer.`;
    this.#asked.add(why);
    throw new McpError(ErrorCode.MethodNotFound, why);
  }
}

function transportOf(
  way: Way,
  onFault: (error: Error) => void,
): { transport: Transport; release: () => Promise<void> } {
  if (way.kind === 'stdio') {
    return { transport: new ProgramTransport(way.program, onFault), release: async () => {} };
  }
  const door = openDoorFetch(way.knocking, onFault);
  const transport = new StreamableHTTPClientTransport(new URL(way.url), {
    fetch: door.fetch,
    requestInit: { headers: way.headers },
  });
  return { transport: transport as Transport, release: () => door.close() };
}
