import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readExport } from '#core/events/export.ts';
import { replaySession } from './replay.ts';

const log = () => readFileSync(join(import.meta.dirname, 'fixtures', 'before-templates.jsonl'), 'utf8');

test('turns that were written before there were templates, marks and summaries are gone through and identical', async () => {
  assert.deepEqual(await replaySession(readExport(log()), '0.1.0'), {
    identical: 5,
    otherHarness: 0,
    erased: 0,
    divergence: null,
  });
});

test('a replay of such a turn still notices a word that was changed', async () => {
  const changed = log().replace('\\"text\\":\\"$ echo one', '\\"text\\":\\"$ echo won');
  assert.notEqual(changed, log(), 'the fixture holds the word');
  const { divergence } = await replaySession(readExport(changed), '0.1.0');
  assert.ok(divergence, 'the change is noticed');
});
