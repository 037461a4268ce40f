import type { ServerOverview } from '#core/mcp/overview.ts';
import type { Client } from './client.ts';
import type { Terminal } from './terminal.ts';

const standings = { goes: ' ', asks: '?', out: '-' } as const;

/** Prints the tool servers of a template, how they were last seen, and which of their tools ask first. */
export async function listServers(
  client: Client,
  template: string,
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  const { servers } = await client.get<{ servers: ServerOverview[] }>(
    `/v1/templates/${encodeURIComponent(template)}/servers`,
  );
  if (json) return terminal.print(JSON.stringify(servers));
  if (servers.length === 0) {
    terminal.print(`The template ${template} names no tool servers. They stand under \`mcp\` in its text.`);
    return;
  }
  for (const server of servers) {
    terminal.print(`${server.name.padEnd(16)}  ${stateOf(server)}`);
    const facts = [server.where, server.secret && `secret ${server.secret}`, server.trusted && 'trusted'];
    terminal.print(`    ${facts.filter(Boolean).join(' · ')}`);
    for (const note of server.notes) terminal.print(`    ! ${note}`);
    for (const { name, standing } of server.tools)
      terminal.print(`    ${standings[standing]} ${server.name}__${name}`);
  }
  terminal.print('? asks people before each call · - left out by the template');
}

function stateOf({ state, seenAt, tools }: ServerOverview): string {
  if (state === 'unknown') return 'not asked yet: the next turn with this template does';
  const count = `${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}`;
  return `${state}${state === 'up' ? `, ${count}` : ''}, as your turns saw it at ${seenAt}`;
}
