import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { offered } from '#core/commands/read-command.ts';
import { verbs } from '#core/commands/verbs.ts';
import { manifestScopes, readManifest } from './testing/manifest.ts';
import { usualScopes } from './testing/slack-twin.ts';

const text = readFileSync(join(import.meta.dirname, 'manifest.yaml'), 'utf8');

test('each scope is explained where it is asked for, and the twin knows it', () => {
  for (const scope of manifestScopes()) {
    assert.match(text, new RegExp(`- ${scope} # \\S.{5,}`));
    assert.ok(usualScopes.includes(scope), scope);
  }
});

test('the shortcuts of the manifest are the verbs that work as one', () => {
  const works = verbs.filter((verb) => offered(verb, 'slack_shortcut'));
  assert.deepEqual(
    readManifest()
      .features.shortcuts.map(({ callback_id: id }) => id)
      .sort(),
    works.map(({ name }) => `deckhand.${name}`).sort(),
  );
});

test('the guide names every setting of Slack', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/slack.md'), 'utf8');
  for (const name of [
    'SLACK_BOT_TOKEN',
    'SLACK_APP_TOKEN',
    'SLACK_SIGNING_SECRET',
    'SLACK_API_URL',
    'SLACK_GUESTS',
  ]) {
    assert.ok(guide.includes(name), name);
  }
});
