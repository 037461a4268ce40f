import { once } from 'node:events';
import { connect as connectSocket, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { Agent, type buildConnector, fetch } from 'undici';
import type { Knocking } from '#core/doors/ports.ts';
import { messageOf } from '#core/errors.ts';
import { ServerFault } from './server-fault.ts';

/** What one answer may hold, in bytes. */
export const maxAnswerBytes = 8 * 1024 * 1024;

/** A fetch whose every request leaves through a session's door. */
export interface DoorFetch {
  fetch: FetchLike;
  close(): Promise<void>;
}

/**
 * A fetch through the door: CONNECT on its socket, TLS that its authority certifies. Answers longer than
 * `maxAnswerBytes` are broken off; `onFault` is told so, since the SDK may go on waiting.
 */
export function openDoorFetch(knocking: Knocking, onFault: (error: Error) => void): DoorFetch {
  const agent = new Agent({
    connect: (options, callback) => {
      connectThrough(knocking, options).then(
        (socket) => callback(null, socket),
        (error) => callback(error, null),
      );
    },
    // A server may say nothing for as long as a call may take; who calls has a clock of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    fetch: async (url, init) => {
      const request = { ...init, dispatcher: agent } as Parameters<typeof fetch>[1];
      // undici declares the web's `Response` a second time; it is the same.
      const answer = (await fetch(url, request)) as unknown as Response;
      if (answer.headers.has(refusalHeader)) throw await doorFault(answer);
      const tell = init?.method === 'POST' ? onFault : () => {};
      return answer.body ? bounded(answer, tell) : answer;
    },
    close: () => agent.destroy(),
  };
}

/** What the door puts on an answer that is its own: a refusal, or why it could not reach the server. */
const refusalHeader = 'x-deckhand-refusal';

async function doorFault(answer: Response): Promise<ServerFault> {
  const said = await answer.text().catch(() => '');
  const unauthorized = answer.headers.get(refusalHeader) === 'sign_in_ended';
  const words = wordsIn(said) || `the door answered ${answer.status}`;
  return new ServerFault(words, answer.status >= 500, { unauthorized });
}

/** The door says it as JSON or as a line, as the request asks for. */
function wordsIn(said: string): string {
  try {
    return String((JSON.parse(said) as { error?: unknown }).error ?? '');
  } catch {
    return said.replace(/^Deckhand: /, '').trim();
  }
}

function bounded(answer: Response, onFault: (error: Error) => void): Response {
  let left = maxAnswerBytes;
  const counted = answer.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        left -= chunk.byteLength;
        if (left >= 0) return controller.enqueue(chunk);
        const error = new ServerFault(tooLong, true);
        onFault(error);
        controller.error(error);
      },
    }),
  );
  const { status, statusText, headers } = answer;
  return new Response(counted, { status, statusText, headers });
}

/** Said where an answer was broken off. */
export const tooLong = `it answered more than ${maxAnswerBytes / 1024 / 1024} MiB, which was broken off`;

type Socket = ReturnType<typeof connectTls>;

async function connectThrough(
  { socketPath, connectHeaders, authority }: Knocking,
  { hostname, port, protocol }: buildConnector.Options,
): Promise<Socket> {
  const secure = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port || (secure ? 443 : 80)}`;
  const socket = connectSocket(socketPath);
  try {
    await once(socket, 'connect');
    const lines = Object.entries(connectHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${lines.join('')}\r\n`);
    const said = await firstLines(socket);
    if (!/^HTTP\/1\.[01] 200 /.test(said)) throw new Error(said.split('\r\n\r\n')[1] || said);
    if (!secure) return socket as Socket;
    const tls = connectTls({ socket, ca: authority, ...(isIP(host) ? {} : { servername: host }) });
    await once(tls, 'secureConnect');
    return tls;
  } catch (error) {
    socket.destroy();
    throw new ServerFault(`its door does not let us through: ${messageOf(error)}`, false, { cause: error });
  }
}

/** The door answers CONNECT with little more than a line, and sends nothing of its own after it. */
async function firstLines(socket: ReturnType<typeof connectSocket>): Promise<string> {
  let said = '';
  while (!said.includes('\r\n\r\n')) {
    if (said.length > 16_384 || socket.readableEnded) throw new Error('it does not answer');
    const chunk: Buffer | null = socket.read();
    if (chunk) said += chunk.toString('latin1');
    else await Promise.race([once(socket, 'readable'), once(socket, 'end')]);
  }
  return said;
}
