import { setTimeout as sleep } from 'node:timers/promises';
import type { TurnDocument } from '#core/chat/document.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import { fingerprint } from '#core/events/canonical.ts';
import { TurnJournal } from '#core/events/journal.ts';
import type { Core } from '#core/infra/open-core.ts';
import { isOutage } from '#core/infra/outage.ts';
import type { Claim } from '#core/turns/ports.ts';

/**
 * Stands in for the worker: takes turns from the real queue and writes what a worker writes, by a script in the
 * message. `$ x` runs a pretended command, `careful $ x` asks first, `reach x` asks for a request to a host, `say x` streams an answer, `steps n` takes n
 * steps, `file x` sends a file, `slow` goes on until it is stopped, `listen` until its author tells it something, `fail`
 * fails.
 */
export function startScriptedWorker(core: Core): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const workerId = `wrk_${crypto.randomUUID()}`;
  // A worker that is silent for 6 s is given no turn.
  const beat = setInterval(() => void core.claims.beat(workerId, 'test', 8).catch(() => {}), beatMs);
  async function next(): Promise<void> {
    const claim = await core.claims.claim(workerId);
    if (claim) await runTurn(core, claim, stopping.signal);
    else await core.bell.next(stopping.signal);
  }
  const loop = (async () => {
    await core.claims.register(workerId, 'test', 8);
    while (!stopping.signal.aborted) {
      await next().catch(async (error) => {
        // A database that is away is waited for, as a worker does.
        if (!isOutage(error)) throw error;
        await sleep(againMs, undefined, { signal: stopping.signal }).catch(() => {});
      });
    }
  })();
  return {
    stop: async () => {
      clearInterval(beat);
      stopping.abort();
      await loop;
    },
  };
}

const beatMs = 2_000;
const againMs = 200;
const usage = { requests: 1, inputTokens: 0, outputTokens: 0 };
/** What every pretended command prints, unless its text says otherwise. */
const printed = 'Linux deckhand 6.1.0 x86_64 GNU/Linux\nuid=20001 gid=20001\n';

const fence = '```';

async function runTurn(core: Core, claim: Claim, signal: AbortSignal): Promise<void> {
  const events = await core.sessions.turnEvents(claim.turnId);
  const journal = new TurnJournal(claim, events, {
    appender: core.appender,
    payloads: core.blobs,
    now: () => new Date(),
  });
  const [asked] = foldDocuments(events);
  if (!asked) throw new Error('a claimed turn has a first event');
  const grew = () => core.live.publish({ kind: 'events', sessionId: claim.sessionId });
  if (events.some(({ type }) => type === 'turn.started')) {
    await journal.append('turn.resumed', { reason: 'answered', worker: claim.workerId, done: 0, cut: [] });
  } else {
    await journal.append('turn.started', { harness, worker: claim.workerId });
  }
  grew();
  const answer = await perform(core, claim, journal, asked, signal);
  if (answer === null) return grew();
  await journal.flushed();
  const failed = asked.text === 'fail';
  const error = failed
    ? { code: 'model.unreachable', message: 'The model did not answer. Ask again in a while.' }
    : null;
  const state = answer === 'stopped' ? 'cancelled' : failed ? 'failed' : 'succeeded';
  const said = state === 'succeeded' ? answer : '';
  await core.claims.finish(claim, state, { state, answer: said, error, usage });
  grew();
}

/** What a turn without a real agent begins with. */
export const harness = {
  version: 'test',
  clock: '2026-11-21T12:00:00.000Z',
  template: 'assistant',
  instructions: '',
  model: { provider: 'test', name: 'scripted', api: 'none' },
  settings: {},
  tools: [],
  maxSteps: 10,
  contextSeq: 0,
};

/** The answer; null when the turn waits now. */
async function perform(
  core: Core,
  claim: Claim,
  journal: TurnJournal,
  { text, author }: Pick<TurnDocument, 'text' | 'author'>,
  signal: AbortSignal,
): Promise<string | null> {
  const [word = '', ...rest] = text.split(' ');
  const words = rest.join(' ');
  if (word === '$') {
    await command(core, claim, journal, 'call_1/command:0', words);
    return `It printed:\n\n${fence}\n${printed}${fence}`;
  }
  if (word === 'careful') return await careful(core, claim, journal, words.replace(/^\$ /, ''));
  if (word === 'reach') return await reach(core, claim, words);
  if (word === 'say') return await say(core, claim, words);
  if (word === 'steps') {
    for (let n = 0; n < Number(words); n += 1)
      await command(core, claim, journal, `call_${n}/command:0`, `step ${n + 1}`);
    return `Did ${words} steps.`;
  }
  if (word === 'file') {
    const { hash, size } = await core.blobs.put(Buffer.from('a file from the sandbox\n'), 1000);
    const file = await core.files.add(
      { name: words, mediaType: 'text/html', size, blob: hash },
      'out',
      author.userId,
      claim.turnId,
    );
    await journal.append('file.sent', { file });
    return 'Here is the file.';
  }
  if (word === 'listen') return await untilTold(core, claim);
  if (word === 'slow') return await untilStopped(core, claim, signal);
  return `You said: ${text}`;
}

async function command(core: Core, claim: Claim, journal: TurnJournal, key: string, cmd: string) {
  const output = cmd.startsWith('echo ') ? `${cmd.slice(5)}\n` : printed;
  await journal.effect({ key, kind: 'command', title: `$ ${cmd}`, request: { cmd } }, async () => {
    const { sessionId, turnId } = claim;
    core.live.publish({ kind: 'events', sessionId });
    core.live.publish({ kind: 'output', sessionId, turnId, key, text: output });
    return { outcome: 'done', result: { output, exitCode: 0 } };
  });
}

async function careful(core: Core, claim: Claim, journal: TurnJournal, cmd: string): Promise<string | null> {
  const request = {
    kind: 'command' as const,
    title: 'run a command',
    subject: cmd,
    why: 'You asked me to be careful with it.',
  };
  const approval = await core.approvals.open(claim, 'call_1', fingerprint({ cmd }), request, 3600_000);
  if (approval.state === 'open') {
    await core.claims.wait(claim, [approval.approvalId]);
    return null;
  }
  if (approval.state !== 'granted') return 'I did not run it: it was denied.';
  await command(core, claim, journal, 'call_1/command:0', cmd);
  return `Ran \`${cmd}\` with your permission.`;
}

async function reach(core: Core, claim: Claim, host: string): Promise<string | null> {
  const request = {
    kind: 'host' as const,
    title: `send POST to ${host}:443`,
    subject: `POST https://${host}/v1/tickets`,
    why: null,
    reaches: { method: 'POST', host, port: 443 },
  };
  const approval = await core.approvals.open(claim, 'call_1', fingerprint({ host }), request, 3600_000);
  if (approval.state === 'open') {
    await core.claims.wait(claim, [approval.approvalId]);
    return null;
  }
  return approval.state === 'granted' ? `Sent to ${host}.` : 'I did not send it: it was denied.';
}

async function say(core: Core, claim: Claim, words: string): Promise<string> {
  const { sessionId, turnId } = claim;
  for (const part of words.match(/\S+\s*/g) ?? []) {
    core.live.publish({ kind: 'answer', sessionId, turnId, key: 'model:0', attempt: 1, text: part });
  }
  return words;
}

async function untilTold(core: Core, claim: Claim): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () =>
    void core.steers.waiting(claim.turnId).then(
      (waits) => waits && resolve(),
      () => {},
    );
  const unsubscribe = await core.live.subscribe(claim.sessionId, look);
  look();
  await promise;
  await unsubscribe();
  const told = await core.steers.take(claim, 'steer:0');
  return `I was told: ${told.map(({ text }) => text).join(' ')}`;
}

async function untilStopped(core: Core, claim: Claim, signal: AbortSignal): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = await core.live.onStop((turnId) => {
    if (turnId === claim.turnId) resolve();
  });
  signal.addEventListener('abort', () => resolve(), { once: true });
  if ((await core.claims.standing(claim)).stopRequestedBy) resolve();
  await promise;
  await unsubscribe();
  return 'stopped';
}
