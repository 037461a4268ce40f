import type { Appender, Entry } from '#core/events/appender.ts';
import { fingerprint } from '#core/events/canonical.ts';
import type { Core } from '#core/infra/open-core.ts';
import type { Claim } from '#core/turns/ports.ts';

/** What many turns at once got through the appender. */
export interface Appended {
  eventsPerSecond: number;
  receiptsPerSecond: number;
  /** From `append` to its commit, in ms, one for each event. */
  waitsMs: number[];
}

interface Load {
  /** How long, in ms. */
  forMs: number;
  /** Effects that are under way at once. */
  writers: number;
  /** Give every event a receipt of its own; else only intents are counted as written. */
  receipts: 'only' | 'paired';
}

const request = { tool: 'exec_command', args: { cmd: 'true' } };
const print = fingerprint(request);
let effects = 0;

/**
 * Effects of many turns, one after the other in each writer: intent, then receipt, as the turns' journals write them.
 * With `only` the intents are there before the clock starts, and what is counted is receipts alone.
 */
export async function measureAppends(core: Core, claims: readonly Claim[], load: Load): Promise<Appended> {
  const { forMs, writers, receipts } = load;
  const waitsMs: number[] = [];
  let events = 0;
  let signed = 0;
  const timed = async (entry: Entry) => {
    const began = performance.now();
    await core.appender.append(entry);
    waitsMs.push(performance.now() - began);
    events += 1;
    if (entry.signed) signed += 1;
  };

  const ready =
    receipts === 'only' ? await prepare(core.appender, claims, Math.ceil((forMs / 1000) * 40_000)) : [];
  const began = performance.now();
  const over = () => performance.now() - began > forMs;
  const write = async (writer: number) => {
    const claim = claims[writer % claims.length];
    while (claim && !over()) {
      const next = receipts === 'only' ? ready.pop() : newEffect(claim);
      if (!next) return;
      if (receipts === 'paired') await timed(next.intent);
      await timed(next.receipt);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const seconds = (performance.now() - began) / 1000;
  return { eventsPerSecond: events / seconds, receiptsPerSecond: signed / seconds, waitsMs };
}

/** Writes intents, and gives the effects whose receipts are still to be written. */
async function prepare(appender: Appender, claims: readonly Claim[], count: number): Promise<Effect[]> {
  const all = Array.from({ length: count }, (_, index) => newEffect(claims[index % claims.length] as Claim));
  await Promise.all(all.map(({ intent }) => appender.append(intent)));
  return all;
}

interface Effect {
  intent: Entry;
  receipt: Entry;
}

function newEffect({ sessionId, turnId, epoch }: Claim): Effect {
  effects += 1;
  const base = { sessionId, turnId, epoch, key: `call_${effects}/command:0`, at: new Date().toISOString() };
  const result = { outcome: 'exited', exitCode: 0, output: 'hello\n', outputBytes: 6 };
  return {
    intent: {
      draft: {
        ...base,
        type: 'effect.intent',
        body: {
          kind: 'command',
          title: '$ true',
          fingerprint: print,
          request: { inline: request },
          attempt: 1,
        },
      },
      effect: { state: 'intent', kind: 'command', fingerprint: print },
    },
    receipt: {
      draft: {
        ...base,
        type: 'effect.receipt',
        body: {
          kind: 'command',
          fingerprint: print,
          outcome: 'done',
          intent: 1,
          result: { inline: result },
          ms: 5,
        },
      },
      effect: { state: 'done', kind: 'command', fingerprint: print },
      signed: true,
    },
  };
}
