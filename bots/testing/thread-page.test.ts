import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ShownPart, themes, threadPage } from './thread-page.ts';

const hostile = '<img src=x onerror=alert(1)>';

test('a rendering says what it is, and nothing that people wrote is markup in it', () => {
  const parts: ShownPart[] = [
    { kind: 'markdown', text: `**bold** ${hostile}` },
    { kind: 'quiet', text: hostile },
    { kind: 'code', text: hostile },
    { kind: 'buttons', buttons: [{ label: hostile, style: 'plain' }] },
  ];
  const message = { name: hostile, ours: true, badge: hostile, reactions: [hostile] };
  const html = threadPage({
    label: 'A thread of the twin, rendered by Deckhand',
    theme: themes.light,
    messages: [{ ...message, parts: [...parts, { kind: 'frame', parts }] }],
  });
  assert.match(html, /<div class="label">A thread of the twin, rendered by Deckhand<\/div>/);
  assert.match(html, /<strong>bold<\/strong>/);
  assert.ok(!html.includes('<img'));
});
