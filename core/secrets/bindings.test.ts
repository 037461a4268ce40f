import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalRequest } from '#core/policy/request.ts';
import { bindingAllows, secretBinding } from './bindings.ts';
import { putOn } from './put-on.ts';

const value = 'ghp_correct-horse';
const bearer = { hosts: ['api.example.com'], put: { as: 'bearer' } };

const allows = (more: object, method: string, scheme: 'http' | 'https', authority: string, target = '/') =>
  bindingAllows(
    secretBinding.parse({ ...bearer, ...more }),
    canonicalRequest({ method, scheme, authority, target }),
  );

const table: Array<[what: string, expected: boolean, actual: boolean]> = [
  ['reading over TLS', true, allows({}, 'GET', 'https', 'API.example.com.')],
  ['writing, not named', false, allows({}, 'POST', 'https', 'api.example.com')],
  ['writing, named', true, allows({ methods: ['POST'] }, 'POST', 'https', 'api.example.com')],
  ['plain http', false, allows({}, 'GET', 'http', 'api.example.com')],
  ['plain http, said', true, allows({ http: true }, 'GET', 'http', 'api.example.com')],
  ['another host', false, allows({}, 'GET', 'https', 'api.example.com.evil.net')],
  ['a host below', true, allows({ hosts: ['*.example.com'] }, 'GET', 'https', 'a.b.example.com')],
  ['another port', false, allows({}, 'GET', 'https', 'api.example.com:8443')],
  ['a named port', true, allows({ ports: [8443] }, 'GET', 'https', 'api.example.com:8443')],
  ['a named path', true, allows({ paths: ['/repos'] }, 'GET', 'https', 'api.example.com', '/repos/x')],
  [
    'a path that leaves the named one',
    false,
    allows({ paths: ['/repos'] }, 'GET', 'https', 'api.example.com', '/repos/..%2fuser'),
  ],
];

for (const [what, expected, actual] of table) {
  test(`a bound secret ${expected ? 'goes' : 'does not go'} on ${what}`, () =>
    assert.equal(actual, expected));
}

test('a binding that is too wide or could break a request is refused', () => {
  const refused = [
    { hosts: [] },
    { hosts: ['*'] },
    { hosts: ['0.0.0.0/0'] },
    { methods: ['get'] },
    { paths: ['repos'] },
    { put: { as: 'header', name: 'Host' } },
    { put: { as: 'header', name: 'Transfer-Encoding' } },
    { put: { as: 'header', name: 'X: y\r\nZ' } },
    { put: { as: 'basic', username: 'a:b' } },
    { put: { as: 'cookie' } },
    { unknown: true },
  ];
  for (const more of refused)
    assert.equal(secretBinding.safeParse({ ...bearer, ...more }).success, false, JSON.stringify(more));
});

const put = (way: object) => secretBinding.parse({ ...bearer, put: way });
const set = {
  headers: [
    ['Authorization', 'Bearer theirs'],
    ['X-Api-Key', 'theirs'],
    ['AUTHORIZATION', 'again'],
    ['Accept', '*/*'],
  ] as const,
  query: '?b=%41&api%5Fkey=theirs&api_key=again&c',
};

test('a credential takes the place of whatever the sandbox set there, and nothing else', () => {
  assert.deepEqual(putOn(set, put({ as: 'bearer' }), value), {
    headers: [
      ['X-Api-Key', 'theirs'],
      ['Accept', '*/*'],
      ['authorization', `Bearer ${value}`],
    ],
    query: set.query,
  });
  assert.deepEqual(putOn(set, put({ as: 'basic', username: 'x-access-token' }), value).headers.at(-1), [
    'authorization',
    `Basic ${Buffer.from(`x-access-token:${value}`).toString('base64')}`,
  ]);
  const brought = { headers: [['X_Api_Key', 'mine'] as const], query: '' };
  assert.deepEqual(putOn(brought, put({ as: 'header', name: 'X-API-Key' }), value).headers, [
    ['x-api-key', value],
  ]);
  assert.deepEqual(putOn(set, put({ as: 'header', name: 'X-API-Key' }), value).headers.slice(-2), [
    ['Accept', '*/*'],
    ['x-api-key', value],
  ]);
  assert.equal(
    putOn(set, put({ as: 'query', name: 'api_key' }), 'a&b=c d/e+f%g').query,
    '?b=%41&c&api_key=a%26b%3Dc%20d%2Fe%2Bf%25g',
  );
  assert.equal(
    putOn({ headers: [], query: '' }, put({ as: 'query', name: 'k' }), value).query,
    `?k=${value}`,
  );
});

test('a value that would break out of its header is not put on', () => {
  assert.throws(() => putOn(set, put({ as: 'bearer' }), 'value-of\r\nX-Evil: 1'), {
    code: 'secret_value_invalid',
  });
});
