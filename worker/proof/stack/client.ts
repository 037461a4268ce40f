import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { presentDocument } from '#bots/http/presenters.ts';
import { until } from '#core/testing/until.ts';
import { isFinal } from '#core/turns/state.ts';
import type { Stack } from './stack.ts';

type Document = ReturnType<typeof presentDocument>;

interface Taken {
  thread: string;
  sessionId: string;
  turnId: string;
}

interface Posted {
  thread: string;
  message: { content: { outcome: ({ kind: string } & Omit<Taken, 'thread'>) | null } };
}

/** The stack's API from outside, with the key that the owner of DECKHAND_HOME can read. */
export interface Client {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** Opens a thread with this message, or says it in the one that is given. */
  ask(text: string, thread?: string): Promise<Taken>;
  /** The turn's document when `is` holds. */
  document(turnId: string, is: (document: Document) => boolean, what: string): Promise<Document>;
  /** The turn's document when it is over; fails when it did not succeed. */
  answered(turnId: string): Promise<Document>;
}

const answerMs = 240_000;

export async function openClient(stack: Stack): Promise<Client> {
  const key = (await readFile(join(stack.home, 'cli.key'), 'utf8')).trim();
  const call = async <T>(path: string, init: RequestInit): Promise<T> => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const response = await fetch(`${stack.url}${path}`, {
      ...init,
      headers: { ...headers, 'idempotency-key': randomUUID() },
    });
    const body = await response.text();
    assert.ok(response.ok, `${path}: ${response.status} ${body}`);
    return JSON.parse(body) as T;
  };
  const get = <T>(path: string) => call<T>(path, {});
  const post = <T>(path: string, body: unknown) =>
    call<T>(path, { method: 'POST', body: JSON.stringify(body) });
  const document: Client['document'] = (turnId, is, what) =>
    until(
      async () => {
        // A role that is being renewed does not answer.
        const now = await get<Document>(`/v1/turns/${turnId}`).catch(() => null);
        return now && is(now) ? now : null;
      },
      what,
      answerMs,
    );
  return {
    get,
    post,
    document,
    ask: async (text, thread) => {
      const path = thread ? `/v1/threads/${thread}/messages` : '/v1/threads';
      const posted = await post<Posted>(path, { text });
      const { outcome } = posted.message.content;
      assert.ok(outcome?.kind === 'accepted', JSON.stringify(posted));
      const { sessionId, turnId } = outcome;
      return { sessionId, turnId, thread: posted.thread };
    },
    answered: async (turnId) => {
      const done = await document(turnId, ({ state }) => isFinal(state), `the answer to ${turnId}`);
      assert.equal(done.state, 'succeeded', JSON.stringify(done.error ?? done));
      return done;
    },
  };
}
