import { setTimeout as delay } from 'node:timers/promises';
import { DeckhandError } from '#core/errors.ts';
import { notRunning, readCliKey } from '#core/machine/cli-key.ts';
import { readInstance } from '#core/machine/instance.ts';
import { readEvents, type StreamEvent } from './read-events.ts';

/** The API of the running instance, as the owner of the key in DECKHAND_HOME. */
export interface Client {
  readonly url: string;
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  text(path: string): Promise<string>;
  post<T>(path: string, body: unknown, headers?: Record<string, string>): Promise<T>;
  /** Any other request; the answer is JSON. */
  send<T>(method: 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T>;
  remove(path: string): Promise<void>;
  /** Events of a stream, resumed after breaks, until `signal` aborts. */
  follow(path: string, signal: AbortSignal): AsyncGenerator<StreamEvent, void>;
}

const retryMs = 1000;

/** @throws {DeckhandError} `instance.not_running`, `instance.key_missing` */
export async function connect(home: string): Promise<Client> {
  const instance = readInstance(home);
  if (!instance) throw notRunning(home);
  const key = readCliKey(home);
  if (!key) {
    throw new DeckhandError(
      'instance.key_missing',
      `There is no readable key in ${home}/cli.key. Run this as the user who started Deckhand, or start Deckhand again to have one written.`,
    );
  }
  return client(instance.url, key, home);
}

function client(url: string, key: string, home: string): Client {
  const authorization = `Bearer ${key}`;

  async function answer(path: string, init: RequestInit): Promise<Response> {
    const headers = { authorization, ...init.headers };
    const response = await fetch(`${url}${path}`, { ...init, headers }).catch((fault: Error) => {
      throw fault.name === 'AbortError' ? fault : notRunning(home);
    });
    if (!response.ok) throw await refusal(response, home);
    return response;
  }
  const call = async <T>(path: string, init: RequestInit) => (await (await answer(path, init)).json()) as T;

  async function openStream(path: string, lastId: string | null, signal: AbortSignal) {
    const headers = { authorization, ...(lastId === null ? {} : { 'last-event-id': lastId }) };
    const response = await fetch(`${url}${path}`, { headers, signal }).catch(() => null);
    if (response && !response.ok) throw await refusal(response, home);
    return response?.body ?? null;
  }

  return {
    url,
    get: (path, signal) => call(path, { signal: signal ?? null }),
    text: async (path) => (await answer(path, {})).text(),
    post: (path, body, headers = {}) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    send: (method, path, body) =>
      call(path, {
        method,
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      }),
    remove: async (path) => void (await answer(path, { method: 'DELETE' })),
    async *follow(path, signal) {
      let lastId: string | null = null;
      while (!signal.aborted) {
        const body = await openStream(path, lastId, signal);
        for await (const event of body ? untilBroken(readEvents(body)) : []) {
          lastId = event.id ?? lastId;
          yield event;
        }
        await delay(retryMs, undefined, { signal }).catch(() => {});
      }
    },
  };
}

/** A stream that breaks just ends: an instance that was stopped or killed is waited for, within the caller's time. */
async function* untilBroken(events: AsyncGenerator<StreamEvent, void>): AsyncGenerator<StreamEvent, void> {
  for (;;) {
    const next = await events.next().catch(() => null);
    if (!next || next.done) return;
    yield next.value;
  }
}

async function refusal(response: Response, home: string): Promise<DeckhandError> {
  const problem = (await response.json().catch(() => null)) as { code?: string; detail?: string } | null;
  if (response.status === 401) {
    return new DeckhandError(
      'instance.key_refused',
      `Deckhand does not know the key in ${home}/cli.key. Delete the file and start Deckhand again: it writes a new one.`,
    );
  }
  return new DeckhandError(
    problem?.code ?? 'instance.failed',
    problem?.detail ?? `Deckhand answered ${response.status}.`,
  );
}
