import type { Writable } from 'node:stream';
import { DeckhandError } from '#core/errors.ts';

/** A request that does not pass. `status` is what the client inside the sandbox gets; 4xx: its own doing. */
export class Refused extends DeckhandError {
  readonly status: number;

  constructor(status: number, code: string, message: string, cause?: unknown) {
    super(code, message, { blame: status < 500 ? 'policy' : 'provider', retryable: status >= 500, cause });
    this.status = status;
  }
}

/** Who floods the door is not told anything more, and nothing more is written down of it. */
export const unheard = new Refused(503, 'unheard', 'This sandbox asks for too much that comes to nothing.');

/** What anything thrown on a request's way becomes. */
export function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof DeckhandError) return new Refused(400, error.code, error.message, error);
  return new Refused(502, 'door_fault', 'Deckhand could not handle this request. Try it again.', error);
}

/** Says that an answer is the door's own; from servers it does not pass. */
export const refusalHeader = 'x-deckhand-refusal';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/**
 * A refusal as each kind of client shows it best: npm the field `error` of JSON, git and most others plain text.
 * `headers` are the request's.
 */
export function answerOf(refused: Refused, headers: Iterable<readonly [string, string]>): Answer {
  const wantsJson = [...headers].some(
    ([name, value]) =>
      (name === 'accept' && /^application\/([\w.-]+\+)?json/i.test(value)) ||
      (name === 'user-agent' && /^npm\//.test(value)),
  );
  const body = wantsJson
    ? `${JSON.stringify({ error: refused.message, code: refused.code, by: 'Deckhand' })}\n`
    : `Deckhand: ${refused.message}\n`;
  return {
    status: refused.status,
    headers: {
      'content-type': wantsJson ? 'application/json' : 'text/plain; charset=utf-8',
      'content-length': `${Buffer.byteLength(body)}`,
      'cache-control': 'no-store',
      [refusalHeader]: refused.code,
    },
    body,
  };
}

/** Refuses on a bare socket, where no message could be read, and ends it. */
export function refuseSocket(socket: Writable, refused: Refused): void {
  if (!socket.writable) return;
  const { status, headers, body } = answerOf(refused, []);
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${body}`);
}
