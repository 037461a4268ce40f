import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalRequest,
  maxFingerprintedBody,
  type RawRequest,
  requestFingerprint,
  requestUrl,
} from './request.ts';

const plain: RawRequest = {
  method: 'POST',
  scheme: 'https',
  authority: 'api.example.com',
  target: '/v1/a?x=1',
};
const bytes = (text: string) => new TextEncoder().encode(text);
const printOf = (change: Partial<RawRequest>) =>
  requestFingerprint(canonicalRequest({ ...plain, ...change }));

test('equivalent spellings of a request have one fingerprint', () => {
  const same: Array<Partial<RawRequest>> = [
    { method: 'post' },
    { authority: 'API.Example.com.:443' },
    { target: 'https://api.example.com:443/v1/a?x=1' },
    { target: '/v1/b/../a?x=1' },
    { body: new Uint8Array() },
  ];
  for (const change of same) assert.equal(printOf(change), printOf({}), JSON.stringify(change));
});

test('I7: any change of method, scheme, host, port, path, query or body changes the fingerprint', () => {
  const others: Array<Partial<RawRequest>> = [
    {},
    { method: 'PUT' },
    { scheme: 'http', authority: 'api.example.com:443' },
    { authority: 'api.example.org' },
    { authority: 'api.example.com:444' },
    { target: '/v1/A?x=1' },
    { target: '/v1/a?x=2' },
    { target: '/v1/a' },
    { body: bytes('{}') },
    { body: bytes('{} ') },
    { body: new Uint8Array(maxFingerprintedBody) },
    { body: new Uint8Array(maxFingerprintedBody + 1) },
  ];
  assert.equal(new Set(others.map(printOf)).size, others.length);
});

test('a body counts up to its 65,536th byte; beyond it only that there is more', () => {
  const body = (length: number, changed: number) => {
    const data = new Uint8Array(length);
    data[changed] = 1;
    return printOf({ body: data });
  };
  const last = maxFingerprintedBody - 1;
  assert.notEqual(body(maxFingerprintedBody, last), body(maxFingerprintedBody, last - 1));
  assert.equal(body(maxFingerprintedBody + 9, last + 2), body(maxFingerprintedBody + 99, last + 3));
});

test('requests that two servers could read in two ways are refused', () => {
  const refused: Array<Partial<RawRequest>> = [
    { method: 'GE T' },
    { method: '' },
    { authority: 'api.example.com:0' },
    { authority: 'api.example.com:65979' },
    { authority: 'api.example.com:44x' },
    { authority: 'user@api.example.com' },
    { authority: '' },
    { target: '' },
    { target: 'v1/a' },
    { target: '*' },
    { target: '/a b' },
    { target: '/a\r\nX: y' },
    { target: '/a\\..\\b' },
    { target: '/ü' },
    { target: '/a#b' },
    { target: 'https://evil.example/v1/a' },
    { target: 'https://api.example.com:444/v1/a' },
    { target: 'http://api.example.com:443/v1/a' },
    { target: 'https://api.example.com@evil.example/' },
  ];
  for (const change of refused) {
    assert.throws(
      () => canonicalRequest({ ...plain, ...change }),
      { name: 'DeckhandError' },
      JSON.stringify(change),
    );
  }
});

test('a target of two slashes stays a path of its host', () => {
  assert.equal(
    requestUrl(canonicalRequest({ ...plain, target: '//evil.example/x' })),
    'https://api.example.com//evil.example/x',
  );
  assert.equal(
    requestUrl(canonicalRequest({ ...plain, authority: '[::1]:8443', target: '/' })),
    'https://[::1]:8443/',
  );
});
