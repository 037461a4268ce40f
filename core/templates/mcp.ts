import { z } from 'zod';
import type { McpReach } from '#core/mcp/types.ts';
import type { Fault } from '#core/yaml/read-yaml.ts';

/** When people are asked before a call: never, always, or unless a trusted server says that the tool only reads. */
export const callApprovals = ['never', 'ask-unless-read-only', 'ask'] as const;
export type CallApproval = (typeof callApprovals)[number];

/** What is asked where no layer says anything. */
export const defaultApproval: CallApproval = 'ask-unless-read-only';

/** Seconds that a call may take where no layer says anything. */
const usualTimeout = 60;

/** What servers are called; without `_`, so that `server__tool` is read in one way only. */
const serverName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,19}$/, 'should be a name such as github or on-call, of at most 20 characters');

/** A map whose keys are told of in the words of their own rule. */
const mapOf = <K extends z.ZodString, V extends z.ZodType>(key: K, value: V, what: string) =>
  z.record(key, value, {
    error: (issue) =>
      issue.code === 'invalid_key' ? issue.issues[0]?.message : `should be a map of ${what}`,
  });

const toolOfServer = z
  .string()
  .regex(/^([a-zA-Z0-9_-]{1,48}|\*)$/, 'should be the name of one of its tools, without the server');
const approval = z.enum(callApprovals, `should be ${callApprovals.join(', ')}`);

/** One layer's word on one server. Where it is, the uppermost layer says that names it; the others narrow it. */
const mcpServer = z.strictObject(
  {
    /** Streamable HTTP, through the door. */
    url: z
      .url({ protocol: /^https?$/, error: 'should be an address such as https://mcp.example.com/mcp' })
      .max(500, 'is longer than 500 characters')
      .optional(),
    /** The secret that the door puts on, of the turn's author or the workspace. */
    secret: z
      .string()
      .regex(/^[A-Z_][A-Z0-9_]{0,99}$/i, 'should be the name of a secret, such as GITHUB_TOKEN')
      .optional(),
    /** That secret is had by signing in there (OAuth), person by person. */
    sign_in: z
      .union(
        [
          z.literal(true).transform(() => ({ client: undefined, scopes: undefined })),
          z.strictObject({
            client: z
              .string()
              .regex(/^[\x21-\x7e]{1,200}$/, 'should be the id of a client registered there')
              .optional(),
            scopes: z
              .array(
                z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, 'should be a scope'),
                'should be a list',
              )
              .max(50, 'holds more than 50')
              .optional(),
          }),
        ],
        'should be true, or say client or scopes',
      )
      .optional(),
    /** Started in the sandbox, spoken to over its standard streams. */
    command: z
      .string('should be a command for bash')
      .min(1, 'is empty')
      .max(4000, 'is longer than 4,000 characters')
      .optional(),
    /** Left out: all of its tools. */
    tools: z.array(toolOfServer, 'should be a list of tools').max(200, 'holds more than 200').optional(),
    approval: approval.optional(),
    /** Tool by tool, in place of `approval`. */
    approvals: mapOf(toolOfServer, approval, 'tools').optional(),
    /** Are its own words on its tools believed: which only read, which may be repeated? */
    trusted: z.boolean('should be true or false').optional(),
    timeout: z
      .int('should be a whole number of seconds')
      .min(1, 'should be at least 1')
      .max(600, 'should be at most 600')
      .optional(),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'should say url or command' : undefined) },
);

/** All servers that a layer speaks of. */
export const mcpServers = mapOf(serverName, mcpServer, 'servers');

type ServerDocument = z.output<typeof mcpServer>;

/** A server once the layers are put together. */
export interface McpServer {
  name: string;
  reach: McpReach;
  /** Each layer's list; a tool must stand in all of them. */
  tools: string[][];
  /** Each layer's word; the strictest holds. */
  approvals: { approval: CallApproval | null; byTool: Record<string, CallApproval> }[];
  trusted: boolean;
  timeoutMs: number;
}

/** What one layer may not say of its servers. */
export function faultsOfServers(
  servers: Readonly<Record<string, ServerDocument>>,
  layer: 'system' | 'workspace' | 'user',
): Fault[] {
  return Object.entries(servers).flatMap(([name, { url, command, secret, trusted, sign_in }]) => {
    const faults: Fault[] = [];
    const add = (field: string, message: string) => faults.push({ path: ['mcp', name, field], message });
    if (url !== undefined && command !== undefined)
      add('command', 'stands beside url; a server is reached in one way');
    if (layer === 'system' && url === undefined && command === undefined)
      faults.push({ path: ['mcp', name], message: 'should say url or command' });
    if (secret !== undefined && url === undefined)
      add('secret', 'goes with url; what runs in the sandbox finds placeholders in its environment');
    if (sign_in !== undefined && (url === undefined || secret === undefined))
      add('sign_in', 'goes with url, and with secret: the name under which what it gives is kept');
    if (sign_in !== undefined && url !== undefined && !url.startsWith('https:'))
      add('sign_in', 'goes with an address of https; credentials do not travel otherwise');
    if (url !== undefined && holdsMore(new URL(url)))
      add('url', 'should hold no user, no password and no #; name a secret instead');
    if (layer === 'user' && trusted) add('trusted', 'is for administrators to say; leave it out');
    return faults;
  });
}

function holdsMore({ username, password, hash }: URL): boolean {
  return username !== '' || password !== '' || hash !== '';
}

interface LayerOfServers {
  layer: string;
  mcp?: Record<string, ServerDocument> | undefined;
}

/**
 * The servers of all layers, by name. Pure.
 * | field | rule |
 * | --- | --- |
 * | url, secret, sign_in, command | the uppermost layer that says where it is |
 * | tools | what every layer that has a list lists |
 * | approval, approvals | the strictest word on a tool |
 * | trusted | the uppermost word, of an administrator |
 * | timeout | the smallest |
 */
export function mergeServers(documents: readonly LayerOfServers[], notes: string[]): McpServer[] {
  const names = [...new Set(documents.flatMap(({ mcp }) => Object.keys(mcp ?? {})))].sort();
  return names.flatMap((name) => {
    const words = documents.flatMap(({ layer, mcp }) => {
      const word = mcp && Object.hasOwn(mcp, name) ? mcp[name] : undefined;
      return word ? [{ layer, word }] : [];
    });
    const at = words.findIndex(({ word }) => word.url !== undefined || word.command !== undefined);
    const found = words[at];
    if (!found) {
      notes.push(`${words[0]?.layer}: mcp.${name} has no effect, no layer says its url or command`);
      return [];
    }
    for (const { layer, word } of words.slice(at + 1)) {
      const { url, command } = word;
      if (
        (url ?? found.word.url) !== found.word.url ||
        (command ?? found.word.command) !== found.word.command
      )
        notes.push(`${layer}: mcp.${name} stays where the layer above it says it is`);
    }
    return [
      serverOf(
        name,
        found.word,
        words.map(({ word }) => word),
      ),
    ];
  });
}

function serverOf(name: string, found: ServerDocument, words: readonly ServerDocument[]): McpServer {
  const { url, command = '', secret = null, sign_in: terms } = found;
  const signIn = terms && { client: terms.client ?? null, scopes: terms.scopes ?? [] };
  const timeouts = words.flatMap(({ timeout }) => timeout ?? []);
  return {
    name,
    reach:
      url === undefined
        ? { kind: 'stdio', command }
        : { kind: 'http', url, secret, ...(signIn && { signIn }) },
    tools: words.flatMap(({ tools }) => (tools ? [tools] : [])),
    approvals: words.map(({ approval: all = null, approvals = {} }) => ({
      approval: all,
      byTool: approvals,
    })),
    trusted: words.find(({ trusted }) => trusted !== undefined)?.trusted ?? false,
    timeoutMs: 1000 * (timeouts.length > 0 ? Math.min(...timeouts) : usualTimeout),
  };
}

/** When people are asked before a call of this tool: the strictest word that a layer has on it. */
export function approvalOf({ approvals }: Pick<McpServer, 'approvals'>, tool: string): CallApproval {
  const words = approvals.flatMap(({ approval: all, byTool }) => {
    const own = Object.hasOwn(byTool, tool) ? byTool[tool] : undefined;
    return own ?? byTool['*'] ?? all ?? [];
  });
  const strictest = Math.max(-1, ...words.map((word) => callApprovals.indexOf(word)));
  return callApprovals[strictest] ?? defaultApproval;
}

/** May this tool of the server be offered at all? */
export function offersTool({ tools }: Pick<McpServer, 'tools'>, tool: string): boolean {
  return tools.every((list) => list.includes(tool) || list.includes('*'));
}
