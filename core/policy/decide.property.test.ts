import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide, type PolicyLayers } from './decide.ts';
import { type Effect, type LayerName, presets } from './document.ts';
import { parsePolicy } from './parse.ts';
import { canonicalRequest } from './request.ts';

const rank: Record<Effect, number> = { allow: 0, ask: 1, deny: 2 };
const some = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });

const rule = fc.record({
  effect: fc.constantFrom('allow', 'ask', 'deny'),
  host: fc.constantFrom('*', '*.example.com', 'api.example.com', 'bücher.de', '127.1', '10.0.0.0/8'),
  methods: some(['GET', 'POST']),
  paths: some(['/a', '/a/*', '/**/b']),
  ports: some([443, 8443]),
  schemes: some(['http', 'https']),
});

const policy = (layer: LayerName) =>
  fc
    .record({ format: fc.constant(1), preset: some(presets), rules: fc.array(rule, { maxLength: 4 }) })
    .map((document) => parsePolicy(JSON.stringify(document), { layer, version: 1 }));

const maybe = (layer: LayerName) => fc.option(policy(layer), { nil: undefined });
const anyLayers: fc.Arbitrary<PolicyLayers> = fc.record({
  system: maybe('system'),
  workspace: maybe('workspace'),
  user: maybe('user'),
  template: fc.array(policy('template'), { maxLength: 3 }),
});

/** Hosts with other spellings of each. */
const hosts = [
  ['api.example.com', 'API.EXAMPLE.com.', 'ａpi.example.com'],
  ['xn--bcher-kva.de', 'BÜCHER.de', 'bücher.de.'],
  ['127.0.0.1', '0x7f.1', '[::ffff:7f00:1]'],
  ['10.1.2.3', '10.66051', '012.1.2.3'],
  ['other.net', 'OTHER.net', 'other.net.'],
] as const;

const rest = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  scheme: fc.constantFrom('http' as const, 'https' as const),
  port: fc.constantFrom('', ':443', ':8443'),
  target: fc.constantFrom('/', '/a', '/a/b', '/%61/b', '//a', '/a/%2e%2e/b'),
});
const host = fc.constantFrom(...hosts);
const build = (
  name: string,
  { port, ...raw }: { method: string; scheme: 'http' | 'https'; port: string; target: string },
) => canonicalRequest({ ...raw, authority: name + port });
const request = fc.tuple(host, rest).map(([names, raw]) => build(names[0], raw));

test('a narrower layer never widens what an upper layer denies', () => {
  const order = ['system', 'workspace', 'user', 'template'] as const;
  fc.assert(
    fc.property(anyLayers, request, (layers, one) => {
      const effects = order.map((_, last) => {
        const upper = Object.fromEntries(order.slice(0, last + 1).map((name) => [name, layers[name]]));
        return decide(one, upper).effect;
      });
      const denied = effects.indexOf('deny');
      return denied === -1 || effects.slice(denied).every((effect) => effect === 'deny');
    }),
    { numRuns: 500 },
  );
});

test('a template only narrows', () => {
  fc.assert(
    fc.property(anyLayers, request, (layers, one) => {
      const without = decide(one, { ...layers, template: undefined }).effect;
      return rank[decide(one, layers).effect] >= rank[without];
    }),
    { numRuns: 500 },
  );
});

test("a user's and a template's policy open no range", () => {
  fc.assert(
    fc.property(anyLayers, request, (layers, one) => {
      const { system, workspace } = layers;
      assert.deepEqual(decide(one, layers).opened, decide(one, { system, workspace }).opened);
    }),
  );
});

test('decide is total and always says the same', () => {
  fc.assert(
    fc.property(anyLayers, request, (layers, one) => {
      const first = decide(one, layers);
      assert.ok(first.effect in rank && first.reason.length > 0);
      assert.deepEqual(decide(structuredClone(one), layers), first);
    }),
  );
});

test('every spelling of a host is decided alike', () => {
  fc.assert(
    fc.property(anyLayers, host, rest, (layers, names, raw) => {
      const decisions = names.map((name) => decide(build(name, raw), layers));
      for (const one of decisions) assert.deepEqual(one, decisions[0]);
    }),
  );
});
