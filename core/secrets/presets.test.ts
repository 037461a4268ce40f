import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalRequest } from '#core/policy/request.ts';
import { bindingText, readBindings } from './binding-text.ts';
import { bindingAllows } from './bindings.ts';
import { type PresetId, presetBindings, presetFor, presetIds, presets } from './presets.ts';

const goes = (id: PresetId, host: string, write: boolean, method: string, url: string) => {
  const { host: authority, pathname } = new URL(url);
  const request = canonicalRequest({ method, scheme: 'https', authority, target: pathname });
  return readBindings(bindingText(presetBindings(id, host, write))).some((one) =>
    bindingAllows(one, request),
  );
};

test('a preset goes where its tools call, and nowhere else; writing only when it was said', () => {
  const table: [PresetId, host: string, method: string, url: string, reads: boolean, writes: boolean][] = [
    ['github', 'github.com', 'GET', 'https://api.github.com/user', true, true],
    ['github', 'github.com', 'PATCH', 'https://api.github.com/repos/a/b', false, true],
    ['github', 'github.com', 'GET', 'https://github.com/a/b.git/info/refs', true, true],
    ['github', 'github.com', 'POST', 'https://github.com/a/b.git/git-upload-pack', true, true],
    ['github', 'github.com', 'POST', 'https://github.com/a/b.git/git-receive-pack', false, true],
    ['github', 'github.com', 'GET', 'https://github.com/settings', false, false],
    ['github', 'git.corp.example', 'GET', 'https://git.corp.example/api/v3/user', true, true],
    ['github', 'git.corp.example', 'GET', 'https://api.github.com/user', false, false],
    ['gitlab', 'gitlab.com', 'GET', 'https://gitlab.com/api/v4/user', true, true],
    ['gitlab', 'gitlab.com', 'GET', 'https://gitlab.com/a/b/c/d.git/info/refs', true, true],
    ['gitlab', 'gitlab.com', 'DELETE', 'https://gitlab.com/api/v4/projects/1', false, true],
    ['npm', 'packages.example.com', 'GET', 'https://packages.example.com/@a%2fb', true, true],
    ['npm', 'packages.example.com', 'PUT', 'https://packages.example.com/@a%2fb', false, true],
    ['openai', 'api.openai.com', 'POST', 'https://api.openai.com/v1/responses', true, true],
    ['openai', 'api.openai.com', 'DELETE', 'https://api.openai.com/v1/files/1', false, true],
    ['openai', 'models.corp.example', 'POST', 'https://api.openai.com/v1/responses', false, false],
  ];
  for (const [id, host, method, url, reads, writes] of table) {
    assert.equal(goes(id, host, false, method, url), reads, `${id} reading: ${method} ${url}`);
    assert.equal(goes(id, host, true, method, url), writes, `${id} writing: ${method} ${url}`);
  }
});

test('a name says which preset it is most likely for', () => {
  const guesses = [
    'GITHUB_TOKEN',
    'GH_PAT',
    'gitlab_token',
    'NPM_TOKEN',
    'OPENAI_API_KEY',
    'DATABASE_URL',
  ].map(presetFor);
  assert.deepEqual(guesses, ['github', 'github', 'gitlab', 'npm', 'openai', null]);
  assert.deepEqual(
    presets.map(({ id }) => id),
    presetIds,
  );
});
