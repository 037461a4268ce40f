import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemLookup } from './addresses.ts';
import { dnsServer } from './testing/dns.ts';

const lives: Record<string, number> = { 'day.test': 86_400, 'now.test': 0, 'short.test': 2 };
let address = '192.0.2.1';
const dns = await dnsServer((name) => {
  const ttl = lives[name];
  return ttl === undefined ? null : { address, ttl };
});
after(() => dns.close());

test('a name is asked for once while its answer lives, by many at once too, and never for longer than half a minute', async () => {
  let now = 0;
  const lookup = systemLookup({ servers: [dns.at], now: () => now });
  const ask = async (name: string) => {
    const before = dns.asked.length;
    const [found, ...others] = await Promise.all([lookup(name), lookup(name), lookup(name)]);
    for (const other of others) assert.deepEqual(other, found);
    return `${found} ${dns.asked.length - before}`;
  };
  assert.equal(await ask('short.test'), '192.0.2.1 1');
  assert.equal(await ask('day.test'), '192.0.2.1 1');
  assert.equal(await ask('now.test'), '192.0.2.1 1');
  address = '192.0.2.2';
  assert.equal(await ask('now.test'), '192.0.2.2 1', 'what does not live is asked for anew');
  now += 1_900;
  assert.equal(await ask('short.test'), '192.0.2.1 0');
  now += 200;
  assert.equal(await ask('short.test'), '192.0.2.2 1');
  assert.equal(await ask('day.test'), '192.0.2.1 0');
  now += 30_000;
  assert.equal(await ask('day.test'), '192.0.2.2 1');
});

test('a name that is not found is asked for again', async () => {
  const lookup = systemLookup({ servers: [dns.at] });
  await assert.rejects(lookup('new.test'), { code: 'ENOTFOUND' });
  lives['new.test'] = 60;
  assert.deepEqual(await lookup('new.test'), [address]);
});
