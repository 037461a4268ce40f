import { type Template, toolStanding } from '#core/templates/merge.ts';
import { pinTool, printOfReach } from './pin.ts';
import type { McpSighting } from './types.ts';

/** A tool server of a template as people see it. */
export interface ServerOverview {
  name: string;
  /** Its address, or its command in the sandbox. */
  where: string;
  /** The secret that the door puts on. */
  secret: string | null;
  trusted: boolean;
  /** `unknown`: no turn has asked it yet. */
  state: McpSighting['state'] | 'unknown';
  /** ISO 8601. */
  seenAt: string | null;
  notes: string[];
  /** `asks`: people are asked before each call; `out`: the template leaves it out. */
  tools: { name: string; standing: 'goes' | 'asks' | 'out' }[];
}

/** The servers of a template with what was last seen of each. Pure. */
export function overviewOf(
  template: Pick<Template, 'mcp' | 'tools'>,
  sightings: ReadonlyMap<string, McpSighting>,
): ServerOverview[] {
  return template.mcp.map((server) => {
    const { name, reach, trusted } = server;
    const sighting = sightings.get(printOfReach(reach));
    return {
      name,
      where: reach.kind === 'http' ? reach.url : `$ ${reach.command}`,
      secret: reach.kind === 'http' ? reach.secret : null,
      trusted,
      state: sighting?.state ?? 'unknown',
      seenAt: sighting?.seenAt ?? null,
      notes: sighting?.notes ?? [],
      tools: (sighting?.tools ?? []).map((listed) => {
        const pinned = pinTool(server, listed);
        const standing = pinned ? toolStanding(template, pinned.name) : 'no';
        if (!pinned || standing === 'no') return { name: listed.name, standing: 'out' };
        return { name: listed.name, standing: pinned.ask || standing === 'ask' ? 'asks' : 'goes' };
      }),
    };
  });
}
