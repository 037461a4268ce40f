import type { Upload } from './check-message.ts';
import type { Json, World } from './world.ts';

/** One call of the REST API, as the routes see it. */
export interface Call {
  world: World;
  origin: string;
  method: string;
  /** Parts of the path that the route names, decoded. */
  params: string[];
  query: URLSearchParams;
  body: Json;
  files: Upload[];
}

/** What a route answers; undefined: 204. */
export type Answer = Json | Json[] | undefined;

export interface Route {
  method: string;
  path: RegExp;
  /** Interaction endpoints need no token and know no global limit. */
  open?: boolean;
  answer(call: Call): Answer;
}
