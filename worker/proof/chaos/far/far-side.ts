import type { DiscordSettings } from '#bots/discord/door.ts';
import type { MatrixSettings } from '#bots/matrix/door.ts';
import type { SlackSettings } from '#bots/slack/door.ts';
import type { PlaceName } from '../places.ts';
import type { Message } from '../script.ts';

/** What the bots role needs to reach each platform of a run. */
export interface Reach {
  /** Where the chat double listens, which stands in for the console. */
  console?: string;
  slack?: SlackSettings;
  matrix?: MatrixSettings;
  discord?: DiscordSettings;
}

/** A post of Deckhand's as a reader of the platform finds it. */
export interface SeenPost {
  id: string;
  /** As `FarSide.say` names it. */
  thread: string;
  kind: 'answer' | 'card' | 'other';
  /** The idempotency key that it carries; null when it carries none. */
  key: string | null;
  /** Where the mark of the message that it belongs to is looked for. */
  about: string;
  text: string;
  /** Does it ask something that nobody has answered yet? */
  asks: boolean;
  /** Its place among the posts of its thread. */
  place: number;
}

/** People whose names begin so belong elsewhere and may not speak here. */
export const isStranger = (name: string): boolean => name.startsWith('stranger');

/** A chat platform as its people see it: they say things, read what came of them, and press what is asked. */
export interface FarSide {
  readonly name: PlaceName;
  readonly reach: Reach;
  /** Once the roles run: rooms are made, the bot comes in. */
  begin(over: AbortSignal): Promise<void>;
  /**
   * Says a message, and gives the thread that it stands in once the platform has it. `taken` is called at the moment
   * from which on a later message of the thread must not be answered before it. Rejects when `over` aborts.
   */
  say(message: Message, taken: () => void, over: AbortSignal): Promise<string>;
  /** Edits a message that was said here, or deletes it (null). */
  amend(message: Message, text: string | null, over: AbortSignal): Promise<void>;
  /** Every post of Deckhand's, oldest first within its thread. */
  posts(): Promise<SeenPost[]>;
  /** Somebody presses an open card once; whether it was heard shows at the card. */
  press(card: SeenPost, by: string, allow: boolean): Promise<void>;
  /** The platform goes away, or comes back. */
  down(is: boolean): void;
  /** The answer to the next post is lost after the platform has taken it. */
  loseNextAnswer(): void;
  /** What the platform knows of its events, for the log of a run with a fault. */
  leavings?(): unknown[];
}

/** The receipt line stands under every answer and under nothing else. */
export function kindOf(text: string): SeenPost['kind'] {
  if (/^⚓ /m.test(text.replaceAll('-# ', ''))) return 'answer';
  return text.includes('✋ ') ? 'card' : 'other';
}
