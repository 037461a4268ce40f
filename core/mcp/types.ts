/** How a tool server is reached: over HTTP through the door, or in the sandbox over its standard streams. */
export type McpReach =
  | {
      kind: 'http';
      url: string;
      secret: string | null;
      /** The secret is what signing in there gives; left out: it is entered. */
      signIn?: SignInTerms;
    }
  | { kind: 'stdio'; command: string };

/** How people sign in at a server: as which client (null: one is registered each time), asking for what. */
export interface SignInTerms {
  client: string | null;
  /** Empty: what the server says it needs. */
  scopes: string[];
}

/** A tool as its server lists it, once it was found sound. What it says of itself is untrusted. */
export interface ListedTool {
  name: string;
  description: string;
  /** JSON schema of its arguments. */
  parameters: Record<string, unknown>;
  readOnly: boolean;
  idempotent: boolean;
  /** Fingerprint of all that its server says of it: another one is another tool. */
  print: string;
}

/** What a server had to offer when it was last asked. */
export interface McpSighting {
  server: string;
  /** Fingerprint of how it is reached; a server that moved is another one. */
  print: string;
  state: 'up' | 'down';
  /** Why it is down, or what of its list was left out; a line each, for people and agents. */
  notes: string[];
  tools: ListedTool[];
  /** ISO 8601. */
  seenAt: string;
}

/** A server of a turn, fixed when the turn begins. */
export interface PinnedServer {
  name: string;
  reach: McpReach;
  timeoutMs: number;
}

/** A tool of a turn, fixed when the turn begins. */
export interface PinnedTool extends Pick<ListedTool, 'description' | 'parameters' | 'print'> {
  /** `server__tool`. */
  name: string;
  server: string;
  tool: string;
  /** Are people asked before each call? */
  ask: boolean;
  /** May a call in doubt be made again? */
  again: boolean;
}

/** A person's answers to the fields of a server's question, by name. */
export type AnswerContent = Record<string, string | number | boolean | string[]>;

/** What a person has allowed to be told to a server, when it asks exactly this. */
export interface ServerAnswer {
  /** The question, in the server's words. */
  question: string;
  content: AnswerContent;
}

/** All that a turn has of tool servers. */
export interface PinnedMcp {
  servers: PinnedServer[];
  tools: PinnedTool[];
  /** May questions of servers be answered? Left out in turns that began before they could be. */
  answers?: true;
}
