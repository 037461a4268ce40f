import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { messageOf } from '#core/errors.ts';
import { exportLines } from '#core/events/export.ts';
import type { ReplayResult } from '#core/events/replays-port.ts';
import { newId } from '#core/ids.ts';
import type { Core } from '#core/infra/open-core.ts';
import type { Log } from '#core/log.ts';
import { erasedTurns, type Replayed } from './replay.ts';

export interface ReplayDeps extends Pick<Core, 'replays' | 'sessions' | 'blobs'> {
  /** Of this harness: turns of another are not gone through. */
  version: string;
  log: Log;
  lookMs?: number;
}

const rowsAtOnce = 500;
/** As long as one replay may take; a worker that has not settled it some time after that is thought dead. */
const longestMs = 5 * 60_000;
const giveUpMs = longestMs + 60_000;
const mostBytes = 256 * 1024 * 1024;
const threadMemoryMb = 1536;

/** Settles the replays that are asked for on the page, one at a time. */
export function settleReplays(deps: ReplayDeps): { stop(): Promise<void> } {
  const { replays, log, lookMs = 2_000 } = deps;
  const stopping = new AbortController();
  const workerId = newId('wrk');

  /** Did it find one? */
  async function settleNext(): Promise<boolean> {
    const taken = await replays.take(workerId, giveUpMs);
    if (!taken) return false;
    const result = await replay(deps, taken.sessionId, stopping.signal).catch((error) => failed(error));
    // Cut off by our own end: another worker takes it when its time is over.
    if (stopping.signal.aborted) return false;
    await replays.settle(taken, workerId, result);
    log.info({ session: taken.sessionId, verdict: result.verdict }, 'a replay is settled');
    return true;
  }

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const found = await settleNext().catch((error) => {
        log.warn({ err: error }, 'replays wait; they are tried again');
        return false;
      });
      if (!found) await sleep(lookMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };
}

async function replay(deps: ReplayDeps, sessionId: string, stop: AbortSignal): Promise<ReplayResult> {
  const content = await logOf(deps, sessionId);
  const { identical, otherHarness, erased, divergence } = await inThread(content, deps.version, stop);
  const verdict = divergence ? 'diverged' : identical > 0 ? 'identical' : 'nothing';
  const message = erased > 0 ? `${erasedTurns(erased)}.` : null;
  return { verdict, identical, otherHarness, divergence, message };
}

async function logOf({ sessions, blobs }: ReplayDeps, sessionId: string): Promise<string> {
  const session = await sessions.byId(sessionId);
  if (!session) throw new Error('The session is gone.');
  const lines: string[] = [];
  let bytes = 0;
  const head = { seq: session.headSeq, hash: session.headHash };
  const rows = (after: number) => sessions.rows(sessionId, after, rowsAtOnce);
  for await (const line of exportLines(sessionId, head, rows, blobs.get)) {
    bytes += line.length;
    if (bytes > mostBytes) throw new Error(`This log is too large for the page. ${byHand(sessionId)}`);
    lines.push(line);
  }
  return lines.join('\n');
}

function inThread(log: string, version: string, stop: AbortSignal): Promise<Replayed> {
  const late = AbortSignal.timeout(longestMs);
  const end = AbortSignal.any([stop, late]);
  const thread = new Worker(new URL('./replay-thread.ts', import.meta.url), {
    workerData: { log, version },
    resourceLimits: { maxOldGenerationSizeMb: threadMemoryMb },
  });
  const { promise, resolve, reject } = Promise.withResolvers<Replayed>();
  thread.once('message', resolve).once('error', reject);
  thread.once('exit', () => {
    const limit = `It took longer than ${longestMs / 60_000} minutes. The command line has no limit: npm run -s deckhand -- replay`;
    reject(new Error(late.aborted ? limit : 'The replay ended without a word.'));
  });
  const cut = () => void thread.terminate();
  end.addEventListener('abort', cut, { once: true });
  return promise.finally(() => end.removeEventListener('abort', cut));
}

const byHand = (sessionId: string) => `Replay it with: npm run -s deckhand -- replay ${sessionId}`;

function failed(error: unknown): ReplayResult {
  const nothing = { identical: 0, otherHarness: 0, divergence: null };
  return { verdict: 'failed', ...nothing, message: messageOf(error) };
}
