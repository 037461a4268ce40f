/**
 * @import { Firing, Me, PastedName, Posted, Schedule, SecretInput, SecretLink, Secrets, ShownFile, Thread, ThreadSummary, ToolSignIn, TurnDocument } from './types.ts'
 */

/** What went wrong, in words for people; `code` is the API's, or `offline` when it was not reached. */
export class Problem extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * @template T
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<T>}
 */
async function call(path, init = {}) {
  const headers = { 'x-deckhand': '1', ...init.headers };
  const response = await fetch(path, { ...init, headers }).catch(() => {
    throw new Problem(
      'offline',
      'Deckhand cannot be reached just now. Nothing is lost here; try again in a moment.',
    );
  });
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  throw new Problem(body?.code ?? 'deckhand.failed', body?.detail ?? `Deckhand answered ${response.status}.`);
}

/** @param {unknown} body @param {Record<string, string>} [headers] */
const json = (body, headers = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** The HTTP API, as far as the page needs it. Everything throws `Problem`. */
export const api = {
  /** Any reading; the pages beside the threads know their shapes. @param {string} path @returns {Promise<any>} */
  get: (path) => call(path),
  /** Any change. @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  send: (method, path, body) => call(path, body === undefined ? { method } : { ...json(body), method }),
  /** @param {string} login @param {string} password */
  signInByPassword: (login, password) => call('/v1/sign-in/password', json({ login, password })),
  /** @returns {Promise<Me>} */
  me: () => call('/v1/me'),
  /** @param {string} token */
  signIn: (token) => call('/v1/sign-in', json({ token })),
  signOut: () => call('/v1/sign-out', json({})),
  /** @returns {Promise<{ threads: ThreadSummary[] }>} */
  threads: () => call('/v1/threads'),
  /** @param {string} thread @param {number} [before] @returns {Promise<Thread>} */
  thread: (thread, before) => call(`/v1/threads/${thread}${before === undefined ? '' : `?before=${before}`}`),
  /**
   * Posts a message; `thread` null opens one. The same key again makes no second message.
   * @param {string | null} thread @param {{ text: string, files: string[] }} message @param {string} key
   * @returns {Promise<Posted>}
   */
  post: (thread, message, key) =>
    call(
      thread ? `/v1/threads/${thread}/messages` : '/v1/threads',
      json(message, { 'idempotency-key': key }),
    ),
  /** @param {string} turn @returns {Promise<TurnDocument>} */
  turn: (turn) => call(`/v1/turns/${turn}`),
  /** @param {string} turn */
  stop: (turn) => call(`/v1/turns/${turn}/stop`, json({})),
  /** @param {string} turn @returns {Promise<{ into: string, waits: boolean }>} */
  steer: (turn) => call(`/v1/turns/${turn}/steer`, json({})),
  /** @param {string} approval @param {{ grant: boolean, scope: string, revision: number }} decision */
  decide: (approval, decision) => call(`/v1/approvals/${approval}/decide`, json(decision)),
  /** @returns {Promise<Secrets>} */
  secrets: () => call('/v1/secrets'),
  /** @param {{ workspaceId: string, whose: 'you' | 'workspace', input: SecretInput }} given @returns {Promise<{ stored: string[] }>} */
  enterSecrets: (given) => call('/v1/secrets', json(given)),
  /** @param {{ text: string }} given @returns {Promise<{ names: PastedName[] }>} */
  previewSecrets: (given) => call('/v1/secrets/preview', json(given)),
  /** @param {string} secret */
  removeSecret: (secret) => call(`/v1/secrets/${secret}`, { method: 'DELETE' }),
  /** @param {{ token: string }} given @returns {Promise<SecretLink>} */
  lookAtLink: (given) => call('/v1/secret-links/look', json(given)),
  /** @param {{ token: string, text: string }} given @returns {Promise<{ names: PastedName[] }>} */
  previewByLink: (given) => call('/v1/secret-links/preview', json(given)),
  /** @param {{ token: string, input: SecretInput }} given @returns {Promise<{ stored: string[] }>} */
  spendLink: (given) => call('/v1/secret-links/spend', json(given)),
  /** @param {{ session: string, server: string }} given @returns {Promise<{ path: string }>} */
  makeToolSignIn: (given) => call('/v1/tool-sign-ins', json(given)),
  /** @param {{ token: string }} given @returns {Promise<ToolSignIn>} */
  lookAtToolSignIn: (given) => call('/v1/tool-sign-ins/look', json(given)),
  /** @param {{ token: string }} given @returns {Promise<{ authorizeUrl: string, at: string }>} */
  beginToolSignIn: (given) => call('/v1/tool-sign-ins/begin', json(given)),
  /** @param {{ state: string, code?: string, iss?: string, error?: string }} given @returns {Promise<{ server: string }>} */
  returnFromToolSignIn: (given) => call('/v1/tool-sign-ins/return', json(given)),
  /** @returns {Promise<{ schedules: Schedule[] }>} */
  schedules: () => call('/v1/schedules'),
  /** @param {string} id @returns {Promise<Schedule>} */
  schedule: (id) => call(`/v1/schedules/${id}`),
  /**
   * A draft; with `id`, one that changes this schedule.
   * @param {string | null} id @param {object} asked @param {string} key @returns {Promise<Schedule>}
   */
  proposeSchedule: (id, asked, key) =>
    call(id ? `/v1/schedules/${id}` : '/v1/schedules', {
      ...json(asked, { 'idempotency-key': key }),
      method: id ? 'PUT' : 'POST',
    }),
  /** @param {string} id @param {'save' | 'pause' | 'resume' | 'run'} act @param {string} key @returns {Promise<Schedule>} */
  actOnSchedule: (id, act, key) => call(`/v1/schedules/${id}/${act}`, json({}, { 'idempotency-key': key })),
  /** @param {string} id */
  deleteSchedule: (id) => call(`/v1/schedules/${id}`, { method: 'DELETE' }),
  /** @param {string} id @returns {Promise<{ firings: Firing[] }>} */
  scheduleHistory: (id) => call(`/v1/schedules/${id}/history`),
  /** @param {File} file @returns {Promise<ShownFile>} */
  upload: (file) =>
    call(`/v1/files?name=${encodeURIComponent(file.name)}`, {
      method: 'POST',
      headers: { 'content-type': file.type || 'application/octet-stream' },
      body: file,
    }),
};

/** A name for a message that its repetitions carry too. Plain http beyond loopback has no `randomUUID`. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
