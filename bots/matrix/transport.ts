import { AsyncLocalStorage } from 'node:async_hooks';
import { LogService, setRequestFn } from './sdk.ts';

/**
 * The SDK's calls go through Node's own fetch instead of the package `request`, which has been given up, and which knows
 * no abort: a long poll would outlive us.
 */

interface RequestOptions {
  uri: string;
  method: string;
  qs: Record<string, unknown> | null;
  /** Null: the answer is bytes. */
  encoding: null | undefined;
  timeout: number;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
}

type Settle = (error: unknown, response?: { statusCode: number; body: unknown }, body?: unknown) => void;

const stopping = new AsyncLocalStorage<AbortSignal>();

/** Calls of the SDK that `work` makes end with the signal. */
export function abortable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return stopping.run(signal, work);
}

let installed = false;

/** Once a process. The SDK's own log would name every request. */
export function installTransport(): void {
  if (installed) return;
  installed = true;
  const silent = () => {};
  LogService.setLogger({ trace: silent, debug: silent, info: silent, warn: silent, error: silent });
  setRequestFn((options: RequestOptions, settle: Settle) => {
    perform(options).then(
      (response) => settle(null, response, response.body),
      (error) => settle(error),
    );
  });
}

async function perform({ uri, method, qs, encoding, timeout, headers, body }: RequestOptions) {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(qs ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
  }
  const stop = stopping.getStore();
  const limit = AbortSignal.timeout(timeout);
  const signal = stop ? AbortSignal.any([stop, limit]) : limit;
  const response = await fetch(url, { method, headers, body, signal });
  const answer = encoding === null ? Buffer.from(await response.arrayBuffer()) : await response.text();
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), body: answer };
}
