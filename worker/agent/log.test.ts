import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldDocuments } from '#core/chat/fold.ts';
import { Appender } from '#core/events/appender.ts';
import { sha256 } from '#core/events/canonical.ts';
import { TurnJournal } from '#core/events/journal.ts';
import { newSigningKey, openSigner } from '#core/events/signing.ts';
import type { LogEvent } from '#core/events/types.ts';
import { MemorySandbox } from './testing/memory-sandbox.ts';
import { ana, Stage } from './testing/stage.ts';

/** The turn runner's journal over rows in memory: only the database is missing. */
function openLog(text: string) {
  const events: LogEvent[] = [];
  const blobs = new Map<string, Uint8Array>();
  const claim = { sessionId: 'ses_1', turnId: 'trn_1', epoch: 1, workerId: 'wrk_1' };
  const submitted = {
    author: ana,
    text,
    files: [],
    platform: 'console',
    eventId: 'e1',
    sentAt: '2026-11-21T06:00:00Z',
  };
  const at = '2026-11-21T06:00:00Z';
  events.push({ ...claim, seq: 1, type: 'turn.submitted', key: null, body: submitted, at });
  const write = async (rows: Parameters<ConstructorParameters<typeof Appender>[0]>[0]) =>
    rows.map((row) => {
      const seq = events.length + 1;
      events.push({ ...row, seq, body: JSON.parse(row.body) } as LogEvent);
      return seq;
    });
  const appender = new Appender(write, openSigner(newSigningKey()));
  const payloads = {
    async put(content: Uint8Array) {
      const hash = sha256(content);
      blobs.set(hash, content);
      return { hash, size: content.byteLength };
    },
    get: async (hash: string) => blobs.get(hash) ?? assert.fail(`no blob ${hash}`),
  };
  const journal = () => new TurnJournal(claim, events, { appender, payloads, now: () => new Date(at) });
  return { events, journal, idle: () => appender.idle() };
}

test('I4: over the real journal, a second run writes nothing and answers the same', async () => {
  for (const text of ['$ one\n$ two', 'plan build, test', 'write a.txt: hi', 'hello']) {
    const stage = new Stage({ text });
    const log = openLog(text);
    const first = await stage.agent.run(stage.context(log.journal()));
    await log.idle();
    const written = log.events.length;
    const second = await stage.agent.run(stage.context(log.journal()));
    await log.idle();
    assert.deepEqual(second, first);
    assert.equal(log.events.length, written);
  }
});

test('I10: the document of a turn shows its commands, its plan and what they printed', async () => {
  const text = 'plan build, report';
  const stage = new Stage({ text, sandbox: new MemorySandbox(() => ({ output: 'fine\n' })) });
  const log = openLog(text);
  await stage.agent.run(stage.context(log.journal()));
  await log.idle();
  const [document] = foldDocuments(log.events);
  assert.deepEqual(document?.plan, [
    { title: 'build', state: 'done' },
    { title: 'report', state: 'done' },
  ]);
  const commands = document?.steps.filter((step) => step.kind === 'command') ?? [];
  assert.deepEqual(
    commands.map(({ title, state, output, exitCode }) => ({ title, state, output, exitCode })),
    [
      { title: "$ sleep 1; echo 'build'", state: 'done', output: 'fine\n', exitCode: 0 },
      { title: "$ sleep 1; echo 'report'", state: 'done', output: 'fine\n', exitCode: 0 },
    ],
  );
});

test('payloads too large for the log are replayed from where they lie', async () => {
  const sandbox = new MemorySandbox(() => ({ output: '\u0001"\n'.repeat(16_000) }));
  const stage = new Stage({ text: '$ cat', sandbox });
  const log = openLog('$ cat');
  const first = await stage.agent.run(stage.context(log.journal()));
  await log.idle();
  assert.match(JSON.stringify(log.events), /"blob":/);
  assert.deepEqual(await stage.agent.run(stage.context(log.journal())), first);
});
