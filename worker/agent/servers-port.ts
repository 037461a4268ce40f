import type { Performed } from '#core/events/journal-port.ts';
import type { PinnedMcp, PinnedServer, PinnedTool, ServerAnswer } from '#core/mcp/types.ts';

/** The tools of tool servers, as a turn pinned them. */
export interface AgentServers {
  call(
    server: PinnedServer,
    tool: PinnedTool,
    args: Record<string, unknown>,
    watch: ServerCallWatch,
  ): Promise<Performed<ServerResult>>;
}

export interface ServerCallWatch {
  /** People stopped the turn. */
  cancel: AbortSignal;
  /** Progress as it comes. */
  onOutput(text: string): void;
  /** What people have allowed to be answered, should the server ask. */
  answers?: readonly ServerAnswer[];
}

/** What a tool server answered, as text that nobody vouches for, and what Deckhand has to say of it. */
export interface ServerResult {
  output: string;
  notes: string[];
}

/** What the tool servers of a template offer at the beginning of a turn, and what of them is missing. */
export interface McpOffer extends PinnedMcp {
  notes: string[];
}
