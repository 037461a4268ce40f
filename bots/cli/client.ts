import { setTimeout as delay } from 'node:timers/promises';
import { DeckhandError } from '#core/errors.ts';
import { notRunning, readCliKey, readInstance } from './instance.ts';
import { readEvents, type StreamEvent } from './read-events.ts';

/** The API of the running instance, as the owner of the key in DECKHAND_HOME. */
export interface Client {
  readonly url: string;
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body: unknown, headers?: Record<string, string>): Promise<T>;
  /** Events of a stream, resumed after breaks, until `signal` aborts. */
  follow(path: string, signal: AbortSignal): AsyncGenerator<StreamEvent, void>;
}

const retryMs = 1000;

/** @throws {DeckhandError} `instance.not_running`, `instance.key_missing` */
export async function connect(home: string): Promise<Client> {
  const { url } = await readInstance(home);
  const key = await readCliKey(home);
  if (!key) {
    throw new DeckhandError(
      'instance.key_missing',
      `There is no readable key in ${home}/cli.key. Run this as the user who started Deckhand, or start Deckhand again to have one written.`,
    );
  }
  return client(url, key, home);
}

function client(url: string, key: string, home: string): Client {
  const authorization = `Bearer ${key}`;

  async function call<T>(path: string, init: RequestInit): Promise<T> {
    const headers = { authorization, ...init.headers };
    const response = await fetch(`${url}${path}`, { ...init, headers }).catch((fault: Error) => {
      throw fault.name === 'AbortError' ? fault : notRunning(home);
    });
    if (!response.ok) throw await refusal(response, home);
    return (await response.json()) as T;
  }

  return {
    url,
    get: (path, signal) => call(path, { signal: signal ?? null }),
    post: (path, body, headers = {}) =>
      call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    async *follow(path, signal) {
      let lastId: string | null = null;
      while (!signal.aborted) {
        const headers = { authorization, ...(lastId === null ? {} : { 'last-event-id': lastId }) };
        const response = await fetch(`${url}${path}`, { headers, signal }).catch(() => null);
        if (response && !response.ok) throw await refusal(response, home);
        try {
          for await (const event of response?.body ? readEvents(response.body) : []) {
            lastId = event.id ?? lastId;
            yield event;
          }
        } catch (fault) {
          // The instance was stopped or killed: it is waited for, within the caller's time.
          if (fault instanceof DeckhandError) throw fault;
        }
        await delay(retryMs, undefined, { signal }).catch(() => {});
      }
    },
  };
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
