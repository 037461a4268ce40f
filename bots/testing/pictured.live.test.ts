import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastFirst } from '#core/testing/last-first.ts';
import { type Pictured, platforms } from './pictured.ts';
import { threadPage } from './thread-page.ts';

for (const [name, tell] of Object.entries(platforms) as [string, Pictured][]) {
  test(`${name}: the rendering shows the whole thread as its far side holds it, and says what it is`, async (t) => {
    const thread = await tell(lastFirst(t));
    const html = threadPage(thread);
    assert.match(thread.label, /rendered by Deckhand\. Not a screenshot/);
    for (const words of [
      /careful \$ pg_upgrade --check/,
      /allowed this once/,
      /with your permission/,
      /Did 4 steps\./,
      /may I run a command\?/,
      /systemctl restart postgresql/,
      /Allow once/,
      /Deny/,
      /⚓/,
    ])
      assert.match(html, words);
    const speakers = new Set(thread.messages.map(({ ours }) => ours));
    assert.equal(speakers.size, 2, 'a person and Deckhand');
    // What only settles something stands nowhere twice.
    assert.equal(html.match(/Did 4 steps\./g)?.length, 1);
  });
}
