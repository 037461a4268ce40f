import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide, layersOf, mayPassThrough, type PolicyLayers } from './decide.ts';
import type { LayerName, Policy } from './document.ts';
import { parsePolicy } from './parse.ts';
import { canonicalRequest } from './request.ts';

/** Layers from the body of each document. */
function layers(documents: Partial<Record<LayerName, string>>): PolicyLayers {
  const read = Object.entries(documents).map(([layer, text]) =>
    parsePolicy(`{format: 1, ${text}}`, { layer: layer as LayerName, version: 7, ranges: ['office'] }),
  );
  return layersOf(read);
}

function request(line: string) {
  const [method = '', address = ''] = line.split(' ');
  const url = /^(https?):\/\/([^/]+)(.*)$/.exec(address) ?? [];
  return canonicalRequest({
    method,
    scheme: url[1] === 'http' ? 'http' : 'https',
    authority: url[2] ?? '',
    target: url[3] || '/',
  });
}

const get = 'GET https://api.example.com/v1';
const allowApi = 'rules: [{effect: allow, host: api.example.com}]';
const askAll = 'rules: [{effect: ask, host: "*"}]';
const denyApi = 'rules: [{effect: deny, host: "*.example.com", reason: "not from here"}]';

const table: Array<
  [what: string, documents: Partial<Record<LayerName, string>>, line: string, expected: string]
> = [
  ['no policy at all asks', {}, get, 'ask by built-in preset'],
  ['none denies', { system: 'preset: none' }, get, 'deny by system preset'],
  ['allowlist asks', { system: 'preset: allowlist' }, get, 'ask by system preset'],
  ['internet allows', { system: 'preset: internet' }, get, 'allow by system preset'],
  [
    'intranet allows its domain',
    { system: 'preset: intranet, domains: example.com' },
    get,
    'allow by system preset',
  ],
  [
    'intranet asks elsewhere',
    { system: 'preset: intranet, domains: ample.com' },
    get,
    'ask by system preset',
  ],
  [
    'intranet allows addresses in named ranges',
    { system: 'preset: intranet, ranges: {office: 10.0.0.0/8}' },
    'GET http://10.1.1.1',
    'allow by system preset',
  ],
  [
    'a rule outranks the preset of its document',
    { system: `preset: none, ${allowApi}` },
    get,
    'allow by system 1',
  ],
  [
    'the first rule that matches speaks',
    { user: 'rules: [{effect: allow, host: api.example.com, methods: GET}, {effect: deny, host: "*"}]' },
    get,
    'allow by user 1',
  ],
  [
    'the next one, if the first does not',
    { user: 'rules: [{effect: allow, host: api.example.com, methods: PUT}, {effect: deny, host: "*"}]' },
    get,
    'deny by user 2',
  ],
  [
    'a lower rule allows what an upper preset would ask',
    { system: 'preset: allowlist', workspace: allowApi },
    get,
    'allow by workspace 1',
  ],
  [
    'a lower rule does not allow what an upper preset denies',
    { system: 'preset: none', user: allowApi },
    get,
    'deny by system preset',
  ],
  ['an upper rule that asks insists', { workspace: askAll, user: allowApi }, get, 'ask by workspace 1'],
  ['a lower rule may ask where an upper allows', { system: allowApi, user: askAll }, get, 'ask by user 1'],
  ['a lower rule may deny where an upper allows', { system: allowApi, user: denyApi }, get, 'deny by user 1'],
  ['of equals the upper layer is named', { system: allowApi, workspace: allowApi }, get, 'allow by system 1'],
  [
    'the strictest preset stands',
    { system: 'preset: allowlist', workspace: 'preset: internet' },
    get,
    'ask by system preset',
  ],
  ["a user's preset does not widen", { user: 'preset: internet' }, get, 'ask by built-in preset'],
  [
    "a user's preset narrows",
    { system: 'preset: internet', user: 'preset: none' },
    get,
    'deny by user preset',
  ],
  ['a template does not widen', { template: allowApi }, get, 'ask by built-in preset'],
  [
    'a template narrows to its list',
    { system: 'preset: internet', template: `preset: allowlist, ${allowApi}` },
    'GET https://x.com',
    'ask by template preset',
  ],
  [
    'a template lets through what both allow',
    { system: 'preset: internet', template: `preset: allowlist, ${allowApi}` },
    get,
    'allow by system preset',
  ],
  ['a template denies', { system: allowApi, template: denyApi }, get, 'deny by template 1'],
  [
    'an allowed host is allowed on its standard ports',
    { user: allowApi },
    'GET https://api.example.com:8443/',
    'ask by built-in preset',
  ],
  [
    'or on the ports that are named',
    { user: 'rules: [{effect: allow, host: api.example.com, ports: [8443]}]' },
    'GET https://api.example.com:8443/',
    'allow by user 1',
  ],
  [
    'a denied host is denied on all ports',
    { user: denyApi },
    'GET https://api.example.com:8443/',
    'deny by user 1',
  ],
  [
    'the scheme counts',
    { user: 'rules: [{effect: allow, host: api.example.com, schemes: https}]' },
    'GET http://api.example.com/',
    'ask by built-in preset',
  ],
  [
    'the method counts',
    { user: 'rules: [{effect: allow, host: api.example.com, methods: [GET, HEAD]}]' },
    'POST https://api.example.com/',
    'ask by built-in preset',
  ],
  [
    'the path counts',
    { user: 'rules: [{effect: allow, host: api.example.com, paths: /v1}]' },
    'GET https://api.example.com/v2',
    'ask by built-in preset',
  ],
  [
    'a denied path is denied in any spelling',
    { system: 'preset: internet, rules: [{effect: deny, host: "*", paths: /v1}]' },
    'GET https://API.example.com./x/%2E%2E/%76%31',
    'deny by system 1',
  ],
];

for (const [what, documents, line, expected] of table) {
  test(`${what}: ${line} → ${expected}`, () => {
    const { effect, decidedBy } = decide(request(line), layers(documents));
    assert.equal(`${effect} by ${decidedBy.layer} ${decidedBy.rule}`, expected);
  });
}

test('each layer of a template narrows what is left by the others', () => {
  const read = (layer: LayerName, text: string) =>
    parsePolicy(`{format: 1, ${text}}`, { layer, version: 7, ranges: 'any' });
  const system = read('system', 'preset: internet');
  const [denies, asks, allows] = [denyApi, askAll, allowApi].map((text) => read('template', text));
  assert.ok(denies && asks && allows);
  const effect = (...template: Policy[]) => decide(request(get), layersOf([system, ...template])).effect;
  assert.deepEqual(
    [effect(), effect(allows), effect(asks, allows), effect(allows, asks), effect(denies, asks, allows)],
    ['allow', 'allow', 'ask', 'ask', 'deny'],
  );
});

test('a denial gives its reason, and every decision names its rule', () => {
  const denied = decide(request(get), layers({ system: denyApi }));
  assert.equal(denied.reason, 'not from here');
  assert.deepEqual(denied.decidedBy, { layer: 'system', version: 7, rule: 1, text: 'deny *.example.com' });
  assert.match(
    decide(request(get), layers({ user: allowApi })).reason,
    /^allow api\.example\.com \(user policy, version 7\)/,
  );
});

test('only the system and the workspace open ranges, and only for the hosts they name', () => {
  const system =
    'ranges: {office: 10.0.0.0/8, lab: fd00::/8}, rules: [{effect: allow, host: git.corp, ranges: office}, {effect: ask, host: 10.9.9.9}]';
  const opened = (line: string, more: Partial<Record<LayerName, string>> = {}) =>
    decide(request(line), layers({ system, ...more })).opened.map(({ text }) => text);
  assert.deepEqual(opened('GET https://git.corp/'), ['10.0.0.0/8']);
  assert.deepEqual(opened('GET https://wiki.corp/'), []);
  assert.deepEqual(opened('GET https://10.9.9.9/'), ['10.9.9.9']);
  assert.deepEqual(
    opened('GET https://10.9.9.8/', { user: 'rules: [{effect: allow, host: 10.0.0.0/8}]' }),
    [],
  );
  assert.deepEqual(
    opened('GET https://wiki.corp/', { workspace: 'rules: [{effect: ask, host: "*", ranges: office}]' }),
    ['10.0.0.0/8'],
  );
  assert.deepEqual(opened('GET https://a.corp/', { workspace: 'preset: intranet, domains: corp' }), [
    '10.0.0.0/8',
    'fd00::/8',
  ]);
});

const through = 'rules: [{effect: allow, host: pinned.example.com, passthrough: true}]';
const tunnels: Array<[what: string, documents: Partial<Record<LayerName, string>>, expected: boolean]> = [
  ['a host marked so passes through', { workspace: through }, true],
  ['no preset lets anything through unread', { system: 'preset: internet' }, false],
  [
    'an allowed host that is not marked is intercepted',
    { system: 'rules: [{effect: allow, host: pinned.example.com}]' },
    false,
  ],
  [
    'a denied path of the host stops it: nobody could see the path',
    { system: 'rules: [{effect: deny, host: "*", paths: /admin}]', workspace: through },
    false,
  ],
  [
    'a method that asks stops it',
    { workspace: through, user: 'rules: [{effect: ask, host: "*", methods: POST}]' },
    false,
  ],
  ['an upper preset none stops it', { system: 'preset: none', workspace: through }, false],
  ['a template that does not list it stops it', { workspace: through, template: 'preset: allowlist' }, false],
];

for (const [what, documents, expected] of tunnels) {
  test(`passthrough: ${what}`, () => {
    assert.equal(mayPassThrough({ host: 'pinned.example.com', port: 443 }, layers(documents)), expected);
    assert.equal(mayPassThrough({ host: 'pinned.example.com', port: 22 }, layers(documents)), false);
  });
}
