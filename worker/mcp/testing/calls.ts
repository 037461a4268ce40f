import assert from 'node:assert/strict';
import type { PinnedServer, PinnedTool } from '#core/mcp/types.ts';
import type { McpOffer, ServerCallWatch } from '#worker/agent/servers-port.ts';
import { type Behaviour, stdioServer, turnWith } from './hostile-server.ts';

/** Nobody stops the call, nobody looks at its output. */
export const watch = (): ServerCallWatch => ({ cancel: new AbortController().signal, onOutput: () => {} });

/** What a turn pinned of the tool that agents see under this name. */
export function pinOf(offer: McpOffer | null, name: string): [PinnedServer, PinnedTool] {
  const tool = offer?.tools.find((one) => one.name === name);
  const server = offer?.servers.find((one) => one.name === tool?.server);
  assert.ok(server && tool, `${name} is offered`);
  return [server, tool];
}

/** Begins a turn with one server and calls its tool `work`. */
export async function callWith(behaviour: Behaviour, over: ServerCallWatch = watch()) {
  const { servers } = turnWith({ it: behaviour });
  const offer = await servers.offer([stdioServer('it')]);
  const performed = await servers.call(...pinOf(offer, 'it__work'), {}, over);
  await servers.close();
  const { outcome, result } = performed;
  return { outcome, output: result.output, notes: result.notes.join('\n') };
}

/** A result that is this text. */
export const answer = (text: string) => ({ content: [{ type: 'text', text }] });
