import type { TwinClock } from './clock.ts';
import type { SocketMode } from './events/socket-mode.ts';
import type { Ids } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { Tier } from './numbers.ts';
import type { Switches } from './switches.ts';
import type { World } from './world.ts';

/** What the parts of the far side share. */
export interface Desk {
  readonly world: World;
  readonly clock: TwinClock;
  readonly ids: Ids;
  readonly switches: Switches;
  readonly sockets: SocketMode;
  readonly interactions: Interactions;
  /** Scopes of the bot's token. */
  readonly scopes: ReadonlySet<string>;
  /** `http://127.0.0.1:<port>`, once it listens. */
  origin(): string;
  /** Puts an event on its way to the app, if its scopes let it see such events. */
  emit(event: JsonObject, scope: string): void;
}

/** What is given to the app with an interaction, and what it may do with it later. */
export interface Interactions {
  /** A `trigger_id` that opens one view within 3 s. */
  trigger(): string;
  /** Takes a trigger; refuses one that is unknown, used or too old. */
  redeem(trigger: string): void;
  /** A `response_url` for answers to this place. */
  responseUrl(place: ResponsePlace): string;
  /** Uses a response URL once; undefined when it is unknown, too old or used up. */
  place(key: string): ResponsePlace | undefined;
}

export interface ResponsePlace {
  channel: string;
  user: string;
  threadTs?: string;
  /** The message that was clicked, for `replace_original` and `delete_original`. */
  original?: string;
}

/** One method of the Web API. */
export interface Method {
  tier: Tier;
  /** The scopes of which the token needs one; none means that any token will do. */
  scopes?: (args: JsonObject, world: World) => string[];
  /** Only with the app-level token. */
  appToken?: boolean;
  run(args: JsonObject, desk: Desk): JsonObject;
}

export const scope =
  (...names: string[]) =>
  (): string[] =>
    names;
