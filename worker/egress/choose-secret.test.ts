import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalRequest } from '#core/policy/request.ts';
import { secretBinding } from '#core/secrets/bindings.ts';
import { newPlaceholder } from '#core/secrets/placeholder.ts';
import type { StoredSecret } from '#core/secrets/ports.ts';
import { chooseSecret } from './choose-secret.ts';

const secret = (secretId: string, host: string, put: object, methods = ['GET', 'POST']): StoredSecret => ({
  secretId,
  workspace: 'wsp_1',
  user: null,
  name: secretId.toUpperCase(),
  version: 1,
  boundTo: '',
  bindings: [secretBinding.parse({ hosts: [host], methods, put })],
});
const api = secret('api', 'api.test', { as: 'header', name: 'X-Token' });
const git = secret('git', 'git.test', { as: 'basic', username: 'x' });
const search = secret('search', 'search.test', { as: 'query', name: 'key' });
const other = secret('other', 'api.test', { as: 'bearer' });
const texts = {
  api: newPlaceholder(),
  git: newPlaceholder(),
  search: newPlaceholder(),
  bens: newPlaceholder(),
};
const placeholders = new Map(Object.entries(texts).map(([id, text]) => [text as string, id]));

function choose(
  url: string,
  more: {
    headers?: [string, string][];
    body?: string;
    method?: string;
    secrets?: StoredSecret[];
    claim?: number;
  } = {},
) {
  const { host, pathname, search: query } = new URL(url);
  const { headers = [], body = '', method = 'GET', secrets = [api, git, search], claim = null } = more;
  const raw = { method, scheme: 'https', authority: host, target: pathname + query } as const;
  const searched = { request: canonicalRequest(raw), headers, body: Buffer.from(body), claim };
  const choice = chooseSecret(searched, { secrets, placeholders });
  if (choice.kind === 'use') return choice.secret.secretId;
  return choice.kind === 'none' ? null : choice.code;
}

test('the placeholder in its bound place names the secret, in every way of putting it on', () => {
  assert.equal(choose('https://api.test/', { headers: [['x-token', texts.api]] }), 'api');
  const basic = Buffer.from(`me:${texts.git}`).toString('base64');
  assert.equal(choose('https://git.test/p.git', { headers: [['authorization', `Basic ${basic}`]] }), 'git');
  assert.equal(choose(`https://search.test/?q=x&key=${texts.search}`), 'search');
});

test('without a placeholder the only secret that is bound is put on, so that another credential is overwritten', () => {
  assert.equal(
    choose('https://api.test/', { headers: [['x-token', 'an attacker’s own'.slice(0, 5)]] }),
    'api',
  );
  assert.equal(choose('https://elsewhere.test/'), null);
  assert.equal(choose('https://api.test/', { secrets: [api, other] }), 'secret_ambiguous');
  assert.equal(
    choose('https://api.test/', { headers: [['x-token', texts.api]], secrets: [api, other] }),
    'api',
  );
});

for (const [name, code, url, more] of [
  ['in the path', 'secret_misplaced', `https://api.test/${texts.api}`, {}],
  ['in the query', 'secret_misplaced', `https://api.test/?x=${texts.api}`, {}],
  ['in a cookie', 'secret_misplaced', 'https://api.test/', { headers: [['cookie', `a=${texts.api}`]] }],
  ['in the body', 'secret_misplaced', 'https://api.test/', { method: 'POST', body: `t=${texts.api}` }],
  [
    'in its place and once more elsewhere',
    'secret_misplaced',
    'https://api.test/',
    {
      headers: [
        ['x-token', texts.api],
        ['x-other', texts.api],
      ],
    },
  ],
  ['escaped', 'secret_misplaced', `https://api.test/${texts.api.replace('_', '%5f')}`, {}],
  [
    'in base64',
    'secret_misplaced',
    'https://api.test/',
    { method: 'POST', body: Buffer.from(`{"t":"${texts.api}"}`).toString('base64') },
  ],
  ['to another host', 'secret_unbound', 'https://evil.test/', { headers: [['x-token', texts.api]] }],
  [
    'by another method',
    'secret_unbound',
    'https://api.test/',
    { method: 'DELETE', headers: [['x-token', texts.api]] },
  ],
  ['to another port', 'secret_unbound', 'https://api.test:8443/', { headers: [['x-token', texts.api]] }],
  [
    'of a secret that this turn has not',
    'secret_not_leased',
    'https://api.test/',
    { headers: [['x-token', texts.bens]] },
  ],
  ['of nobody', 'placeholder_unknown', `https://api.test/${newPlaceholder()}`, {}],
  [
    'beside another',
    'secret_ambiguous',
    'https://api.test/',
    {
      headers: [
        ['x-token', texts.api],
        ['y', texts.git],
      ],
    },
  ],
] satisfies [string, string, string, Parameters<typeof choose>[1]][]) {
  test(`I5: a placeholder ${name} stops the request`, () => {
    assert.equal(choose(url, more), code);
  });
}

test('I7: what is for tools alone goes on no request of a command, which nobody would have been asked about', () => {
  const tools = {
    ...api,
    bindings: [
      secretBinding.parse({ hosts: ['api.test'], methods: ['POST'], put: { as: 'bearer' }, only: 'tools' }),
    ],
  };
  const of = { method: 'POST', secrets: [tools] };
  assert.equal(choose('https://api.test/mcp', { ...of, claim: 3 }), 'api');
  assert.equal(choose('https://api.test/mcp', of), null);
  const headers: [string, string][] = [['authorization', `Bearer ${texts.api}`]];
  assert.equal(choose('https://api.test/mcp', { ...of, headers }), 'secret_unbound');
});
