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
  /** Names of the files that it carries. */
  files: string[];
}

export interface ChatPerson {
  /** Asks in a new thread. */
  mention(text: string): Promise<Place>;
  /** Asks in a new thread, with a text file. */
  attach(text: string, file: { name: string; content: string }): Promise<Place>;
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
  /** Characters of a message that the platform carries and that we do not take; left out: 70,000. */
  tooLong?: number;
  /** What a command begins with in a session's thread; left out: nothing. */
  commandSign?: string;
  /** Somebody who may ask here. The first one asked for is the usual asker. */
  person(name: string): Promise<ChatPerson>;
  /** Our posts in a thread, oldest first. */
  posts(place: Place): Promise<SeenPost[]>;
  /** The bots role ends; what it gives starts it anew on the same database. */
  goAway(): Promise<() => Promise<void>>;
  /** What this platform can do beyond the rest; null: it has no such thing. */
  edits: { edit(message: Place, text: string): Promise<void>; remove(message: Place): Promise<void> } | null;
  talk: PlatformTalk | null;
  faults: PlatformFaults | null;
}

/** What people do where there is more than threads of ours. */
export interface PlatformTalk {
  /** Writes without addressing us. */
  say(name: string, text: string): Promise<Place>;
  /** Writes to us alone. */
  tell(name: string, text: string): Promise<Place>;
  /** Brings us to where we have not been; gives the place where we would say something. */
  invite(): Promise<Place>;
  /** What we wrote to somebody alone without being asked there, oldest first. */
  directs(name: string): Promise<string[]>;
  /** What is done once a minute is done now: approvers who have not answered are reached. */
  remind(): Promise<void>;
  /** Each event comes twice, and in another order, from now on. */
  doubled(): void;
}

/** What a test can break at the platform. */
export interface PlatformFaults {
  /** The answer to the next post, or to the next that carries a file, is lost after it stands. */
  loseNextAnswer(what?: 'post' | 'file'): void;
  /** So many posts from now on are told to wait; left out: one. */
  limitNextPosts(seconds: number, count?: number): void;
  /** Takes the platform away, or gives it back. */
  down(is: boolean): void;
  /** Nothing of ours can be posted any more in the place of this thread. */
  shut(place: Place): Promise<void>;
  /** The platform's own time goes on: what it tries again by then it tries, what it forgets it forgets. */
  later(ms: number): Promise<void>;
}

export type OpenChatStage = (t: Releases) => Promise<ChatStage>;
