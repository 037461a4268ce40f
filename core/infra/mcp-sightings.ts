import type { McpSightings } from '#core/mcp/ports.ts';
import type { ListedTool, McpSighting } from '#core/mcp/types.ts';
import type { Database } from './database.ts';

/** Sightings that nobody has renewed for this long are of servers that nobody uses. */
const keptDays = 30;

interface Row extends Pick<McpSighting, 'server' | 'print' | 'state'> {
  notes: string;
  tools: string;
  seenAt: Date;
}

/** Sightings of tool servers on Postgres. */
export function openMcpSightings({ pool }: Database): McpSightings {
  return {
    of: async ({ workspaceId, userId }, prints) => {
      const { rows } = await pool.query<Row>(
        `SELECT server, print, state, notes, tools, seen_at AS "seenAt" FROM mcp_sighting
         WHERE workspace_id = $1 AND user_id = $2 AND print = ANY($3)`,
        [workspaceId, userId, prints],
      );
      return new Map(rows.map((row) => [row.print, sightingOf(row)]));
    },
    note: async ({ workspaceId, userId }, { server, print, state, notes, tools }) => {
      await pool.query(
        `WITH forgotten AS (DELETE FROM mcp_sighting WHERE workspace_id = $1 AND user_id = $2 AND print <> $3
           AND seen_at < now() - $8 * interval '1 day')
         INSERT INTO mcp_sighting (workspace_id, user_id, print, server, state, notes, tools)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (workspace_id, user_id, print) DO UPDATE SET server = excluded.server,
           state = excluded.state, notes = excluded.notes, tools = excluded.tools, seen_at = now()`,
        [workspaceId, userId, print, server, state, JSON.stringify(notes), JSON.stringify(tools), keptDays],
      );
    },
  };
}

function sightingOf({ notes, tools, seenAt, ...row }: Row): McpSighting {
  return {
    ...row,
    notes: JSON.parse(notes) as string[],
    tools: JSON.parse(tools) as ListedTool[],
    seenAt: seenAt.toISOString(),
  };
}
