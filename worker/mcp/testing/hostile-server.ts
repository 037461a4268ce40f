import { Duplex } from 'node:stream';
import type { McpSightings } from '#core/mcp/ports.ts';
import type { McpSighting } from '#core/mcp/types.ts';
import type { McpServer } from '#core/templates/mcp.ts';
import { standIn } from '#core/testing/stand-in.ts';
import type { Sandbox } from '#worker/sandbox/port.ts';
import { TurnServers } from '../turn-servers.ts';

export interface Message {
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { message?: string };
}

/** What a server in a test does. What it leaves out, a decent server does for it. */
export interface Behaviour {
  /** Its list, each time it is asked. */
  list?(): unknown;
  /** `say` sends anything; what is returned is the call's result. Undefined: no answer. */
  call?(message: Message, say: (message: object | string) => void, end: () => void): unknown;
  /** Everything that the client says. */
  heard?(message: Message): void;
}

/** A tool that takes anything. */
export const plainTool = (name: string, more: object = {}) => ({
  name,
  description: `does ${name}`,
  inputSchema: { type: 'object' },
  ...more,
});

function serve({ list, call, heard }: Behaviour): Duplex {
  let rest = '';
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      rest += chunk.toString();
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(JSON.parse(line) as Message);
      done();
    },
  });
  const say = (message: object | string) =>
    void stream.push(
      typeof message === 'string' ? message : `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`,
    );
  const take = (message: Message) => {
    heard?.(message);
    const { id, method } = message;
    if (method === 'initialize') {
      const serverInfo = { name: 'test', version: '1' };
      const capabilities = { tools: { listChanged: true } };
      say({ id, result: { protocolVersion: '2025-06-18', capabilities, serverInfo } });
    }
    if (method === 'tools/list') {
      const answer = list ? list() : { tools: [plainTool('work')] };
      if (answer !== undefined) say({ id, result: answer });
    }
    if (method === 'tools/call') {
      const result = call
        ? call(message, say, () => stream.push(null))
        : { content: [{ type: 'text', text: 'done' }] };
      if (result !== undefined) say({ id, result });
    }
  };
  return stream;
}

/** Sightings in memory. */
export function memorySightings(): McpSightings & { all: Map<string, McpSighting> } {
  const all = new Map<string, McpSighting>();
  return {
    all,
    of: async (_viewer, prints) => new Map([...all].filter(([print]) => prints.includes(print))),
    note: async (_viewer, sighting) => {
      all.set(sighting.print, { ...sighting, seenAt: new Date().toISOString() });
    },
  };
}

/** A server of a template, in the sandbox. */
export const stdioServer = (name: string, more: Partial<McpServer> = {}): McpServer => ({
  name,
  reach: { kind: 'stdio', command: name },
  tools: [],
  approvals: [{ approval: 'never', byTool: {} }],
  trusted: false,
  timeoutMs: 300,
  ...more,
});

/** One turn's servers, whose commands name behaviours. */
export function turnWith(
  behaviours: Record<string, Behaviour>,
  sightings: McpSightings = memorySightings(),
): { servers: TurnServers; started: string[] } {
  const started: string[] = [];
  const sandbox = standIn<Sandbox>({
    serve: async (script: string) => {
      started.push(script);
      return { stream: serve(behaviours[script] ?? {}), said: () => '' };
    },
  });
  const servers = new TurnServers({
    viewer: { workspaceId: 'wsp_1', userId: 'usr_ana' },
    sightings,
    door: null,
    sandbox: async () => sandbox,
    wantSignIn: async () => {},
    signal: new AbortController().signal,
    now: Date.now,
  });
  return { servers, started };
}
