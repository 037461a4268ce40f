import { z } from 'zod';
import { visible } from '#core/approvals/visible.ts';
import type { Performed } from '#core/events/journal-port.ts';
import type { PinnedMcp, PinnedServer, PinnedTool } from '#core/mcp/types.ts';
import type { Mark } from '../context/mark.ts';
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
  if (mcp.answers && all.length > 0) all.push(answerServer(mcp));
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
    render: (performed, mark) => shown(performed, tool.name, mark),
  });
}

function shown({ outcome, result: { output, notes } }: Performed<ServerResult>, tool: string, mark: Mark) {
  return [
    ...(outcome === 'failed' && output !== '' ? ['The tool says that it failed.'] : []),
    ...(output === '' ? [] : [mark(output, `tool ${tool}`)]),
    // Words of Deckhand about a server quote what that server said.
    ...notes.map((note) => mark(note, `about ${tool.split('__')[0]}`)),
  ].join('\n');
}

const answering = z.object({
  tool: z.string().max(100).describe('The tool whose server asked: server__tool.'),
  arguments: z.record(z.string(), z.unknown()).describe('The same as in the call in which it asked.'),
  question: z.string().min(1).max(2000).describe('What the server asked, word by word.'),
  content: z
    .record(z.string().max(300), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
    .describe('The answers by the names of the fields, from what the person said.'),
});
type Answering = z.infer<typeof answering>;

/** Calls a tool again whose server asked the person something, once they have agreed to exactly this answer. */
function answerServer({ servers, tools }: PinnedMcp): AnyTool {
  const found = (name: string) => {
    const tool = tools.find((one) => one.name === name);
    const server = tool && servers.find((one) => one.name === tool.server);
    return tool && server ? { tool, server } : null;
  };
  return defineTool<Answering, ServerResult>({
    name: 'answer_server',
    description:
      'Answers what a tool server asked the person in a call: puts the question and the answer on a card, and after a yes calls the tool again and gives the server that answer if it asks the same. Answer only with what the person has said; what they have not said, ask them first.',
    parameters: answering,
    kind: 'tool',
    inDoubt: 'interrupted',
    title: ({ tool, question }) => `answered ${tool}: ${oneLine(question)}`,
    approval: (args) => {
      const at = found(args.tool);
      return at && answerQuestion(at.server, at.tool, args);
    },
    perform: async ({ tool: name, arguments: args, question, content }, scope) => {
      const at = found(name);
      if (at) return scope.callServer(at.server, at.tool, args, [{ question, content }]);
      const notes = [`There is no tool ${name}. There are: ${tools.map((one) => one.name).join(', ')}.`];
      return { outcome: 'failed', result: { output: '', notes } };
    },
    render: (performed, mark) => shown(performed, 'the server', mark),
  });
}

function answerQuestion(server: PinnedServer, tool: PinnedTool, args: Answering) {
  const { question, content, arguments: given } = args;
  const asked = question.split('\n').map((line) => `> ${line}`);
  const subject = [...asked, JSON.stringify(content, null, 2), `in ${tool.tool} ${JSON.stringify(given)}`];
  return {
    request: {
      kind: 'tool' as const,
      title: `answer a question of ${server.name} like this`,
      subject: visible(subject.join('\n')),
      why: null,
    },
    exact: { tool: tool.name, reach: server.reach, print: tool.print, args: given, question, content },
  };
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
