import type { Buckets, BucketUse } from './buckets.ts';
import type { Desk, Method } from './desk.ts';
import { type JsonObject, textAt } from './json.ts';
import { assistant } from './methods/assistant.ts';
import { chat } from './methods/chat.ts';
import { conversations } from './methods/conversations.ts';
import { files } from './methods/files.ts';
import { people } from './methods/people.ts';
import { reactions } from './methods/reactions.ts';
import { streams } from './methods/streams.ts';
import { views } from './methods/views.ts';
import { refuse, rules, SlackRefusal } from './refusals.ts';
import type { Spoil } from './switches.ts';

/** The table of methods: what is not in it is `unknown_method`. */
export const methods: Record<string, Method> = {
  ...people,
  ...chat,
  ...streams,
  ...conversations,
  ...reactions,
  ...files,
  ...views,
  ...assistant,
};

/** One call of the Web API, as it came and as it went. */
export interface Call {
  method: string;
  args: JsonObject;
  atMs: number;
  /** `ok`, or Slack's error code. */
  outcome: string;
  /** True when the answer never reached the app. */
  unanswered: boolean;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: JsonObject;
}

export interface Request {
  method: string;
  verb: string;
  token: string;
  args: JsonObject;
}

export interface WebApi {
  /** The answer to a request; undefined when the line breaks instead. */
  answer(request: Request): Reply | undefined;
  readonly calls: Call[];
  use(): Record<string, BucketUse>;
}

export interface Tokens {
  bot: string;
  app: string;
}

export function createWebApi(desk: Desk, buckets: Buckets, tokens: Tokens): WebApi {
  const calls: Call[] = [];
  const provided = [...desk.scopes].join(',');

  function authorise({ token, args }: Request, method: Method): void {
    if (token === '') refuse(rules.notAuthed);
    if (token !== tokens.bot && token !== tokens.app) refuse(rules.invalidAuth);
    if (desk.switches.revoked) refuse(rules.tokenRevoked);
    if ((token === tokens.app) !== (method.appToken === true)) refuse(rules.wrongToken);
    const needed = method.scopes?.(args, desk.world) ?? [];
    if (needed.length > 0 && !needed.some((one) => desk.scopes.has(one)))
      throw new SlackRefusal(rules.missingScope, { needed: needed.join(','), provided });
  }

  function perform(request: Request, method: Method | undefined): JsonObject {
    if (!method) refuse(rules.unknownMethod);
    if (method.appToken && request.verb !== 'POST') refuse(rules.insecure);
    authorise(request, method);
    return { ok: true, ...method.run(request.args, desk) };
  }

  function attempt(request: Request, method: Method | undefined): JsonObject {
    try {
      return perform(request, method);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      return { ok: false, error: error.rule.error, ...error.facts };
    }
  }

  /** "Slack will return a HTTP 429 Too Many Requests error, and a Retry-After HTTP header" (rate-limits). */
  const limited = (seconds: number): Reply => ({
    status: 429,
    headers: { 'retry-after': String(seconds) },
    body: { ok: false, error: 'ratelimited' },
  });

  function reply(request: Request, spoil: Spoil | undefined): Reply {
    if (typeof spoil === 'object')
      return 'error' in spoil
        ? { status: 200, headers: {}, body: { ok: false, error: spoil.error } }
        : limited(spoil.retryAfterSec);
    const method = methods[request.method];
    const wait = method && buckets.take(request.method, method.tier, textAt(request.args, 'channel'));
    if (wait !== undefined) return limited(wait);
    return { status: 200, headers: { 'x-oauth-scopes': provided }, body: attempt(request, method) };
  }

  return {
    calls,
    use: buckets.use,
    answer: (request) => {
      const spoil = desk.switches.down ? 'unreached' : desk.switches.strike(request.method);
      const { token: _token, ...args } = request.args;
      const call: Call = {
        method: request.method,
        args,
        atMs: desk.clock.now(),
        outcome: 'unreached',
        unanswered: true,
      };
      calls.push(call);
      if (spoil === 'unreached') return undefined;
      const answer = reply(request, spoil);
      call.outcome = answer.body.ok === true ? 'ok' : (textAt(answer.body, 'error') ?? '');
      call.unanswered = spoil === 'lost';
      return spoil === 'lost' ? undefined : answer;
    },
  };
}
