import { z } from 'zod';
import { visible } from '#core/approvals/visible.ts';
import type { PinnedMcp, PinnedServer, PinnedTool } from '#core/mcp/types.ts';
import type { ServerResult } from '../servers-port.ts';
import { type AnyTool, defineTool } from './tool.ts';
import { oneLine } from './words.ts';

/** Checked by the server, which described them. */
const parameters = z.record(z.string(), z.unknown());

const made = new WeakMap<PinnedMcp, AnyTool[]>();

/** The tools of tool servers that a turn was given: from its own record, so that a replay has the same. */
export function serverTools(mcp: PinnedMcp | undefined): readonly AnyTool[] {
  if (!mcp) return [];
  const known = made.get(mcp);
  if (known) return known;
  const all = mcp.tools.flatMap((tool) => {
    const server = mcp.servers.find(({ name }) => name === tool.server);
    return server ? [serverTool(server, tool)] : [];
  });
  made.set(mcp, all);
  return all;
}

function serverTool(server: PinnedServer, tool: PinnedTool): AnyTool {
  return defineTool<z.infer<typeof parameters>, ServerResult>({
    name: tool.name,
    description: `${tool.description}\n(A tool of the server ${server.name}, in its own words.)`.trimStart(),
    parameters,
    schema: tool.parameters,
    kind: 'tool',
    inDoubt: tool.again ? 'again' : 'interrupted',
    title: (args) => `${server.name}: ${tool.tool} ${oneLine(JSON.stringify(args))}`,
    approval: (args) => (tool.ask ? questionOf(server, tool, args) : null),
    perform: (args, scope) => scope.callServer(server, tool, args),
    render: ({ outcome, result: { output, notes } }, mark) =>
      [
        ...(outcome === 'failed' && output !== '' ? ['The tool says that it failed.'] : []),
        ...(output === '' ? [] : [mark(output, `tool ${tool.name}`)]),
        // Words of Deckhand about a server quote what that server said.
        ...notes.map((note) => mark(note, `about ${server.name}`)),
      ].join('\n'),
  });
}

function questionOf(server: PinnedServer, tool: PinnedTool, args: Record<string, unknown>) {
  return {
    request: {
      kind: 'tool' as const,
      title: `use ${tool.tool} of ${server.name}`,
      subject: visible(JSON.stringify(args, null, 2)),
      why: null,
    },
    exact: { tool: tool.name, reach: server.reach, print: tool.print, args },
  };
}
