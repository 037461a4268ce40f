import type { Knocking } from '#core/doors/ports.ts';
import { messageOf } from '#core/errors.ts';
import type { Performed } from '#core/events/journal-port.ts';
import { pinTool, printOfReach } from '#core/mcp/pin.ts';
import type { McpSightings, McpViewer } from '#core/mcp/ports.ts';
import type { McpReach, McpSighting, PinnedServer, PinnedTool } from '#core/mcp/types.ts';
import type { McpServer } from '#core/templates/mcp.ts';
import type { AgentServers, McpOffer, ServerCallWatch, ServerResult } from '#worker/agent/servers-port.ts';
import type { Sandbox } from '#worker/sandbox/port.ts';
import { answerText } from './answer-text.ts';
import type { ServerConnection, Way } from './connection.ts';
import { limitTools } from './limit-tools.ts';
import { ServerFault } from './server-fault.ts';

/** How long what a server listed is taken for true without asking it again; calls are checked against it anyway. */
const freshMs = { up: 3_600_000, down: 15_000 };
/** What a server may take to be there: programs may have to be fetched first. */
const connectMs = { http: 20_000, stdio: 30_000 };

export interface TurnServersDeps {
  viewer: McpViewer;
  sightings: McpSightings;
  /** What stands for the author's secrets, by name, and the way through the door that now serves the claim. */
  door: (() => Promise<{ placeholders: Readonly<Record<string, string>>; knocking: Knocking }>) | null;
  sandbox(): Promise<Sandbox>;
  /** Tells the people in the thread that the turn's author has to sign in at a server (anew). */
  wantSignIn(server: string): Promise<void>;
  /** The turn's. */
  signal: AbortSignal;
  now(): number;
}

/** One turn's tool servers: what they offer, pinned when it begins, and the calls of their tools. */
export class TurnServers implements AgentServers {
  readonly #deps: TurnServersDeps;
  readonly #connections = new Map<string, Promise<ServerConnection>>();

  constructor(deps: TurnServersDeps) {
    this.#deps = deps;
  }

  /** What the servers of a template have to offer now; one that is down or lists rubbish costs a note, not the turn. */
  async offer(servers: readonly McpServer[]): Promise<McpOffer | null> {
    if (servers.length === 0) return null;
    const { sightings, viewer } = this.#deps;
    const pinned = servers.map(({ name, reach, timeoutMs }) => ({ name, reach, timeoutMs }));
    const known = await sightings.of(viewer, pinned.map(printOf));
    const seen = await Promise.all(
      pinned.map(async (server) => this.#recent(known.get(printOf(server))) ?? (await this.#look(server))),
    );
    this.#deps.signal.throwIfAborted();
    const notes: string[] = [];
    const tools = servers.flatMap((server, index) => {
      const sighting = seen[index];
      notes.push(...(sighting?.notes ?? []).map((note) => `${server.name}: ${note}`));
      return (sighting?.tools ?? []).flatMap((tool) => pinTool(server, tool) ?? []);
    });
    const limited = limitTools(tools);
    return { servers: pinned, tools: limited.tools, notes: [...notes, ...limited.notes] };
  }

  async call(
    server: PinnedServer,
    tool: PinnedTool,
    args: Record<string, unknown>,
    watch: ServerCallWatch,
  ): Promise<Performed<ServerResult>> {
    try {
      return await this.#again(server, () => this.#call(server, tool, args, watch));
    } catch (error) {
      if (!(error instanceof ServerFault)) throw error;
      if (wantsSignIn(server, error)) await this.#deps.wantSignIn(server.name);
      const what = watch.cancel.aborted ? 'people stopped the turn before it answered' : error.message;
      const words = error.begun
        ? 'Whether it was done is not known: look before you call it again.'
        : 'Nothing was done.';
      return {
        outcome: error.begun ? 'interrupted' : 'failed',
        result: { output: '', notes: [`${server.name}: ${what}. ${words}`] },
      };
    }
  }

  /** Once more where nothing was done and a new connection may help: it was forgotten, or egress renews its sign-in. */
  async #again<T>(server: PinnedServer, attempt: () => Promise<T>): Promise<T> {
    return attempt().catch((error) => {
      if (error instanceof ServerFault && (error.forgotten || wantsSignIn(server, error))) return attempt();
      throw error;
    });
  }

  async #call(
    server: PinnedServer,
    tool: PinnedTool,
    args: Record<string, unknown>,
    { cancel, onOutput, answers = [] }: ServerCallWatch,
  ): Promise<Performed<ServerResult>> {
    const connection = await this.#connected(server);
    const changed = await this.#changeOf(server, tool, connection);
    if (changed !== null) return { outcome: 'failed', result: { output: '', notes: [changed] } };
    const { timeoutMs } = server;
    const answer = await connection.call(tool.tool, args, {
      timeoutMs,
      signal: cancel,
      onProgress: onOutput,
      answers,
    });
    const result = { output: answerText(answer), notes: answer.asked };
    return { outcome: answer.failed ? 'failed' : 'done', result };
  }

  /** Lets go of all servers; programs end with it. */
  async close(): Promise<void> {
    const all = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.allSettled(all.map(async (connection) => (await connection).close()));
  }

  #recent(sighting: McpSighting | undefined): McpSighting | null {
    if (!sighting) return null;
    const age = this.#deps.now() - Date.parse(sighting.seenAt);
    return age < freshMs[sighting.state] ? sighting : null;
  }

  async #look(server: PinnedServer): Promise<Omit<McpSighting, 'seenAt'>> {
    const seen = { server: server.name, print: printOf(server) };
    try {
      const connection = await this.#again(server, () => this.#connected(server));
      return await this.#note({ ...seen, state: 'up', ...(await connection.listing(this.#deps.signal)) });
    } catch (error) {
      this.#deps.signal.throwIfAborted();
      if (wantsSignIn(server, error)) await this.#deps.wantSignIn(server.name);
      const notes = [`it is not there: ${messageOf(error)}`];
      return await this.#note({ ...seen, state: 'down', notes, tools: [] });
    }
  }

  async #note(sighting: Omit<McpSighting, 'seenAt'>): Promise<Omit<McpSighting, 'seenAt'>> {
    await this.#deps.sightings.note(this.#deps.viewer, sighting);
    return sighting;
  }

  /** Why a tool must not be called: it is no longer what people and the agent were shown; null: it is. */
  async #changeOf(
    server: PinnedServer,
    tool: PinnedTool,
    connection: ServerConnection,
  ): Promise<string | null> {
    const listing = await connection.listing(this.#deps.signal);
    const now = listing.tools.find(({ name }) => name === tool.tool);
    if (now?.print === tool.print) return null;
    await this.#note({ server: server.name, print: printOf(server), state: 'up', ...listing });
    const what = now ? `describes ${tool.tool} differently than` : `does not offer ${tool.tool} any more, as`;
    return `${server.name} ${what} when this turn began. Nothing was called. The next turn sees what it offers now.`;
  }

  #connected(server: PinnedServer): Promise<ServerConnection> {
    const known = this.#connections.get(server.name);
    if (known) return known;
    const forget = () => {
      if (this.#connections.get(server.name) === opening) this.#connections.delete(server.name);
    };
    const opening = this.#connect(server, forget);
    this.#connections.set(server.name, opening);
    // The next call tries anew.
    opening.catch(forget);
    return opening;
  }

  async #connect(server: PinnedServer, onClosed: () => void): Promise<ServerConnection> {
    const { signal } = this.#deps;
    const way = await this.#way(server.reach);
    // Loaded when it is first needed: most workers' turns call no server, and all of them wait for its start.
    const { ServerConnection: Connection } = await import('./connection.ts');
    return Connection.open(way, { timeoutMs: connectMs[way.kind], signal, onClosed });
  }

  async #way(reach: McpReach): Promise<Way> {
    const { door, sandbox } = this.#deps;
    if (reach.kind === 'stdio')
      return { kind: 'stdio', program: await (await sandbox()).serve(reach.command) };
    if (!door) throw new ServerFault('nothing leaves this worker, for it has no door', false);
    const { placeholders, knocking } = await door();
    const { url, secret, signIn } = reach;
    if (secret === null) return { kind: 'http', url, headers: {}, knocking };
    const placeholder = Object.hasOwn(placeholders, secret) ? placeholders[secret] : undefined;
    if (placeholder === undefined) {
      const words = signIn
        ? 'the person who asks has not signed in there yet; Deckhand has told them how'
        : `it needs the secret ${secret}, which neither the person who asks nor the workspace has; they can add it under Secrets`;
      throw new ServerFault(words, false, { unauthorized: true });
    }
    // The door puts the value on where the secret's binding says; this names which one is meant.
    return { kind: 'http', url, headers: { authorization: `Bearer ${placeholder}` }, knocking };
  }
}

/** Is it a sign-in of the turn's author that is missing or over? */
function wantsSignIn({ reach }: PinnedServer, error: unknown): boolean {
  return (
    reach.kind === 'http' &&
    reach.signIn !== undefined &&
    error instanceof ServerFault &&
    error.unauthorized &&
    !error.begun
  );
}

function printOf({ reach }: Pick<PinnedServer, 'reach'>): string {
  return printOfReach(reach);
}
