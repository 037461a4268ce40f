import type { ApprovalKind, ApprovalState } from '#core/approvals/types.ts';
import type { PostKind } from '#core/chat/adapter.ts';
import type { RowMark } from '#core/chat/checklist.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { ConsoleStore, StoredMessage } from '#core/console/ports.ts';
import type { FileRef, Person } from '#core/events/types.ts';
import type { ScheduleCard } from '#core/schedules/card.ts';

/** A file as people see it: where its content lies is nobody's business. */
export type ConsoleFile = Omit<FileRef, 'blob'>;

/** A piece of a post; the page has one component for each. */
export type Block =
  | { type: 'markdown'; text: string }
  | { type: 'line'; tone: 'quiet' | 'alert'; text: string; at: string | null }
  | {
      type: 'checklist';
      headline: string;
      rows: { mark: RowMark; text: string; steps: string[] }[];
      stop: boolean;
    }
  | {
      type: 'approval';
      approvalId: string;
      revision: number;
      question: string;
      kind: ApprovalKind;
      subject: string;
      why: string | null;
      state: ApprovalState;
      outcome: { text: string; at: string | null } | null;
      expiresAt: string;
    }
  | { type: 'files'; files: ConsoleFile[] }
  | { type: 'receipt'; line: string; retry: boolean }
  | ({ type: 'schedule' } & ScheduleCard);

/** What Deckhand posts. */
export interface ConsolePost {
  type: 'post';
  kind: PostKind;
  /** Null: it belongs to no turn. */
  turnId: string | null;
  blocks: Block[];
}

/** What a person wrote, and what became of it once that is known (I1). */
export interface ConsoleSaid {
  type: 'said';
  author: Person;
  text: string;
  files: FileRef[];
  outcome:
    | { kind: 'accepted'; sessionId: string; turnId: string; ahead: number }
    | { kind: 'refused'; code: string; message: string }
    /** It was a command; what was answered is the next post. */
    | { kind: 'command' }
    | null;
}

export type ConsoleContent = ConsolePost | ConsoleSaid;

export type ConsoleMessage = StoredMessage<ConsoleContent>;

/** Where the console keeps its threads. */
export type ConsoleThreads = ConsoleStore<ConsoleContent>;

/** The address of a console thread. */
export function consoleThread(threadId: string): ThreadRef {
  return { platform: 'console', workspace: 'local', channel: 'home', thread: threadId };
}

/** Leaves out what does not concern people. */
export function shownFile({ id, name, mediaType, size }: FileRef): ConsoleFile {
  return { id, name, mediaType, size };
}
