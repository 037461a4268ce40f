import type { Block, ConsoleFile, ConsolePost, ConsoleSaid } from '#bots/console/types.ts';
import type { presentDocument, presentFiring, presentSchedule, presentUser } from '#bots/http/presenters.ts';

/** The API's answers as the page sees them. Types only: this file never reaches a browser. */

export type { Block };
export type ShownFile = ConsoleFile;
export type Said = Omit<ConsoleSaid, 'files'> & { files: ShownFile[] };
export type Post = ConsolePost;

export interface Message {
  id: string;
  seq: number;
  change: number;
  createdAt: string;
  editedAt: string | null;
  content: Said | Post;
}

export interface Thread {
  id: string;
  sessionId: string | null;
  title: string;
  messages: Message[];
  earlier: boolean;
  change: number;
}

export interface ThreadSummary {
  id: string;
  sessionId: string;
  title: string;
  state: 'idle' | 'queued' | 'running' | 'waiting';
  openApprovals: number;
  updatedAt: string;
}

export interface Posted {
  thread: string;
  message: Message;
}

export type Me = ReturnType<typeof presentUser> & {
  instance: { version: string; model: string; demo: boolean; maxMessageBytes: number; maxFileBytes: number };
};

/** What every page beside the threads is given. */
export interface PageProps {
  me: Me;
  /** Opens the menu on a phone. */
  back: () => void;
  go: (path: string) => void;
}

export type TurnDocument = ReturnType<typeof presentDocument>;
export type Schedule = ReturnType<typeof presentSchedule>;
export type Firing = ReturnType<typeof presentFiring>;
export type Step = TurnDocument['steps'][number];

export interface TurnStatus {
  turnId: string;
  state: 'queued' | 'running' | 'waiting';
  authorId: string;
  stopping: boolean;
  startedAt: string | null;
  step: { key: string; title: string } | null;
  done: number;
}

/** Words of a running turn that no post holds yet. */
export interface LiveWords {
  turnId: string;
  key: string;
  attempt: number;
  answer: string;
  /** Output of the running command, by the step's key; its end when it is long. */
  output: { key: string; text: string } | null;
  /** The page came in the middle: the beginning is missing until the post is there. */
  partial: boolean;
}

/** As `bots/http/secret-presenter.ts` gives it. */
export interface Secret {
  id: string;
  workspaceId: string;
  whose: 'you' | 'workspace';
  name: string;
  version: number;
  goes: string[];
  bindings: object[];
  setBy: { userId: string; name: string };
  setAt: string;
  usedAt: string | null;
}

export interface SecretPreset {
  id: string;
  label: string;
  host: string;
  says: string;
}

export interface Secrets {
  secrets: Secret[];
  workspaces: { id: string; name: string; platform: string; member: boolean }[];
  mayManageDefaults: boolean;
  presets: SecretPreset[];
}

/** Who signs in where, by a link. */
export interface ToolSignIn {
  person: string;
  server: string;
  host: string;
  expiresAt: string;
}

export interface SecretLink {
  person: string;
  workspace: string;
  expiresAt: string;
  presets: SecretPreset[];
}

/** What a form has for where a secret may go; `same` are the bindings it has now. */
export interface WhereChoice {
  kind: string;
  host: string;
  write: boolean;
  as: string;
  name: string;
  same?: object[];
}

/** Where a secret may go, as the API takes it. */
export type SecretWhere = { preset: string; host?: string; write: boolean } | { bindings: object[] };

export interface PastedName {
  name: string;
  line: number;
  preset: string | null;
  fault: string | null;
}

export type SecretInput =
  | { secrets: { name: string; value: string; where: SecretWhere }[] }
  | { paste: string; where: Record<string, SecretWhere> };

/** The two ways into the store, by session or by link. */
export interface SecretEntrance {
  store(input: SecretInput): Promise<{ stored: string[] }>;
  preview(text: string): Promise<{ names: PastedName[] }>;
}
