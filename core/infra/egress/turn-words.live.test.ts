import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TurnJournal } from '#core/events/journal.ts';
import type { EffectKind } from '#core/events/types.ts';
import { newWorker, openTestCore, sayAccepted } from '#core/testing/core.ts';
import { openTurnWords } from './turn-words.ts';

test('a card says why a turn reaches out: what the agent said, else what runs, else what ran last', async (t) => {
  const core = await openTestCore(t);
  await sayAccepted(core, 'thr');
  const claim = await core.claims.claim(await newWorker(core));
  assert.ok(claim);
  const words = openTurnWords(core.database);
  const journal = new TurnJournal(claim, [], { ...core, payloads: core.blobs, now: () => new Date() });
  const begin = async (key: string, kind: EffectKind, title: string, args: object) => {
    const begun = Promise.withResolvers<void>();
    const ends = Promise.withResolvers<void>();
    const done = journal.effect({ key, kind, title, request: { tool: 'any', args } }, async () => {
      begun.resolve();
      await ends.promise;
      return { outcome: 'done', result: null };
    });
    await begun.promise;
    return async () => {
      ends.resolve();
      await done;
      await journal.flushed();
    };
  };
  const said = () => words(claim.turnId);

  assert.equal(await said(), null, 'nothing was done yet');
  const thinks = await begin('model:0', 'model', 'ask demo', {});
  assert.equal(await said(), null, 'a model does not come through the door');
  await thinks();
  const ends = await begin('a/command:0', 'command', '$ npm ci', { cmd: 'npm ci', why: 'the tests need it' });
  assert.equal(await said(), 'the tests need it');
  const other = await begin('b/command:0', 'command', '$ curl x', { cmd: 'curl x', why: null });
  assert.equal(await said(), 'one of these: for $ curl x; the tests need it');
  await ends();
  assert.equal(await said(), 'for $ curl x');
  await other();
  assert.equal(await said(), 'for $ curl x', 'it has left something running');
  const call = await begin('c/tool:0', 'tool', 'tickets: search {}', { q: 'x' });
  assert.equal(await said(), 'for tickets: search {}', 'a tool server has no words of the agent');
  await call();
  const large = { cmd: 'x'.repeat(100_000), why: 'hidden in a blob' };
  const huge = await begin('d/command:0', 'command', '$ large\u202e', large);
  assert.equal(await said(), 'for $ large<U+202E>');
  await huge();
});
