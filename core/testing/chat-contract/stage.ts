import type { TestCore } from '#core/testing/core.ts';
import type { Releases } from '#core/testing/last-first.ts';

/** A message of a person, or the root of a thread. */
export interface Place {
  thread: string;
  message: string;
}

/** One of our posts as a person sees it. */
export interface SeenPost {
  id: string;
  /** All its words, as they stand in the thread. */
  text: string;
  /** Labels of the buttons that can be pressed now. */
  buttons: string[];
}

export interface ChatPerson {
  /** Asks in a new thread. */
  mention(text: string): Promise<Place>;
  /** Asks with a mention in a thread that is there. */
  mentionIn(place: Place, text: string): Promise<Place>;
  /** Writes into a thread without a mention. */
  reply(place: Place, text: string): Promise<Place>;
  /** Presses a button of a post; gives what only this person is told, or null. */
  press(place: Place, post: SeenPost, label: string): Promise<string | null>;
}

/** A platform's far side and our bots role on it, with a scripted worker (`bots/http/testing/scripted-worker.ts`). */
export interface ChatStage {
  core: TestCore;
  /** Somebody who may ask here. The first one asked for is the usual asker. */
  person(name: string): Promise<ChatPerson>;
  /** Our posts in a thread, oldest first. */
  posts(place: Place): Promise<SeenPost[]>;
  /** The bots role ends and starts anew on the same database. */
  restart(): Promise<void>;
  /** What this platform can do beyond the rest; null: it has no such thing. */
  edits: { edit(message: Place, text: string): Promise<void>; remove(message: Place): Promise<void> } | null;
  talk: {
    /** Writes without addressing us. */
    say(name: string, text: string): Promise<Place>;
    /** Each event comes twice, and in another order, from now on. */
    doubled(): void;
  } | null;
  faults: PlatformFaults | null;
}

/** What a test can break at the platform. */
export interface PlatformFaults {
  /** The answer to the next post is lost after the post stands. */
  loseNextAnswer(): void;
  /** The next post is told to wait. */
  limitNextPost(seconds: number): void;
  /** Takes the platform away, or gives it back. */
  down(is: boolean): void;
}

export type OpenChatStage = (t: Releases) => Promise<ChatStage>;
