import { fingerprint } from '#core/events/canonical.ts';
import { approvalOf, type McpServer, offersTool } from '#core/templates/mcp.ts';
import type { ListedTool, McpReach, PinnedTool } from './types.ts';

/** Names a server among sightings: one that is reached differently is another one. */
export function printOfReach(reach: McpReach): string {
  return fingerprint(reach);
}

/** What a turn gets of a tool that its server lists; null: the template does not want it. */
export function pinTool(server: McpServer, listed: ListedTool): PinnedTool | null {
  const { name, description, parameters, print, readOnly, idempotent } = listed;
  if (!offersTool(server, name)) return null;
  const approval = approvalOf(server, name);
  const reads = server.trusted && readOnly;
  return {
    name: `${server.name}__${name}`,
    server: server.name,
    tool: name,
    description,
    parameters,
    print,
    ask: approval === 'ask' || (approval === 'ask-unless-read-only' && !reads),
    again: server.trusted && (readOnly || idempotent),
  };
}
