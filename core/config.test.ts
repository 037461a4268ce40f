import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '#core/config.ts';
import { settings } from '#core/settings.ts';

test('all faults are told at once, each with its setting and what it means', () => {
  const broken = {
    DECKHAND_PORT: 'eighty',
    DECKHAND_SANDBOX_MEMORY_MB: '-4',
    DATABASE_URL: 'mysql://u:secret-word@x',
    DOCKER_HOST: '/var/run/docker.sock',
    OPENAI_API: 'soap',
  };
  assert.throws(
    () => readConfig(broken),
    (error: Error) => {
      for (const name of Object.keys(broken))
        assert.match(error.message, new RegExp(`\\n  ${name}=.+: .+\\. .+`));
      assert.match(error.message, /write one of responses, chat/);
      assert.match(error.message, /write unix:/);
      assert.doesNotMatch(error.message, /NaN|Invalid|secret-word/);
      return true;
    },
  );
});

test('a setting that does not exist is a slip of the pen, and is said', () => {
  assert.throws(() => readConfig({ DECKHAND_PROT: '8081' }), /DECKHAND_PROT: there is no such setting/);
  assert.equal(readConfig({ PROT: '1', OPENAI_ORG: 'x' }).DECKHAND_PORT, 8080);
});

test('an empty value counts as not given', () => {
  assert.equal(readConfig({ DECKHAND_PORT: '', REDIS_URL: '' }).DECKHAND_PORT, 8080);
});

test('a value may stand in a file; one that cannot be read is a fault, and one that is given goes before it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-config-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'url');
  writeFileSync(file, 'postgres://a@b/c\n');
  assert.equal(readConfig({ DATABASE_URL_FILE: file }).DATABASE_URL, 'postgres://a@b/c');
  assert.equal(
    readConfig({ DATABASE_URL_FILE: file, DATABASE_URL: 'postgres://x@y/z' }).DATABASE_URL,
    'postgres://x@y/z',
  );
  writeFileSync(file, '\n');
  assert.equal(readConfig({ DECKHAND_MASTER_KEY_FILE: file }).DECKHAND_MASTER_KEY, undefined);
  assert.throws(
    () => readConfig({ SLACK_BOT_TOKEN_FILE: join(folder, 'none') }),
    /SLACK_BOT_TOKEN_FILE=.*ENOENT/,
  );
  assert.throws(
    () => readConfig({ DECKHAND_PROT_FILE: file }),
    /DECKHAND_PROT_FILE: there is no such setting/,
  );
});

test('the home folder is absolute, also from ~', () => {
  assert.match(readConfig({ DECKHAND_HOME: '~/deckhand' }).home, /^\/.*\/deckhand$/);
});

test('.env.example holds every setting with its meaning and default, and nothing else', () => {
  const file = join(import.meta.dirname, '../.env.example');
  assert.equal(readFileSync(file, 'utf8'), example());
});

/** What .env.example must be. After a change of the settings: take it from this test's difference. */
function example(): string {
  const parts = Object.entries(settings.shape).map(([name, schema]) => {
    const fallback = schema.safeParse(undefined).data;
    return `# ${schema.description}\n# ${name}=${fallback === undefined ? '' : String(fallback)}\n`;
  });
  return `# Copy to .env and change what you need. What is left out has the value shown.\n# NAME_FILE=/path takes a value from a file, as for secrets of Docker.\n\n${parts.join('\n')}`;
}
