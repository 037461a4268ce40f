import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase } from '#core/testing/database.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import { openTestRedis } from '#core/testing/redis.ts';
import { until } from '#core/testing/until.ts';
import { openBell } from './bell.ts';
import { checkRedis } from './check-redis.ts';
import { openLive } from './live.ts';
import { openPostgresStore, openRedisStore, type QueueStore } from './store.ts';

/** Both stores pass the same suite. */
const stores = {
  Postgres: async (t: Releases): Promise<QueueStore> => openPostgresStore((await openTestDatabase(t)).url),
  Redis: async (t: Releases): Promise<QueueStore> => openRedisStore((await openTestRedis(t)).url),
};

for (const [name, open] of Object.entries(stores)) {
  test(`${name}: a ring wakes one listener, with the session's id`, async (test) => {
    const t = lastFirst(test);
    const store = await open(t);
    const [ringer, listener] = [openBell(store), openBell(store)];
    const stop = new AbortController();
    t.after(async () => {
      stop.abort();
      await Promise.all([ringer.close(), listener.close()]);
      await store.close();
    });
    const heard = listener.next(stop.signal);
    await ringer.ring('ses_1');
    assert.equal(await heard, 'ses_1');
  });

  test(`${name}: every session that was rung is heard at least once, whoever listens`, async (test) => {
    const t = lastFirst(test);
    const store = await open(t);
    const bells = [openBell(store), openBell(store), openBell(store)];
    const stop = new AbortController();
    const heard = new Set<string>();
    const all = Promise.withResolvers<void>();
    const listeners = bells.map(async (bell) => {
      for (let id = await bell.next(stop.signal); id; id = await bell.next(stop.signal)) {
        heard.add(id);
        if (heard.size === 50) all.resolve();
      }
    });
    t.after(async () => {
      stop.abort();
      await Promise.all(listeners);
      await Promise.all(bells.map((bell) => bell.close()));
      await store.close();
    });
    await Promise.all(Array.from({ length: 200 }, (_, n) => bells[0]?.ring(`ses_${n % 50}`)));
    await all.promise;
    assert.equal(heard.size, 50);
  });

  test(`${name}: a listener that stops resolves at once with nothing`, async (test) => {
    const t = lastFirst(test);
    const store = await open(t);
    const bell = openBell(store);
    t.after(async () => {
      await bell.close();
      await store.close();
    });
    const stop = new AbortController();
    const heard = bell.next(stop.signal);
    stop.abort();
    assert.equal(await heard, null);
  });

  test(`${name}: a wake that a stopping listener has taken with it is heard by the next one`, async (test) => {
    const t = lastFirst(test);
    const store = await open(t);
    const [ringer, leaving, staying] = [openBell(store), openBell(store), openBell(store)];
    const stop = new AbortController();
    t.after(async () => {
      await Promise.all([ringer.close(), staying.close()]);
      await store.close();
    });
    await ringer.ring('ses_0');
    assert.equal(await leaving.next(stop.signal), 'ses_0');
    const heard = leaving.next(stop.signal);
    stop.abort();
    assert.equal(await heard, null);
    await ringer.ring('ses_1');
    await leaving.close();
    const { signal } = new AbortController();
    assert.equal(await until(() => staying.next(signal), 'the wake'), 'ses_1');
  });

  test(`${name}, I9: a listener that hears nothing is sent to look for itself, and misses no ring for it`, async (test) => {
    const t = lastFirst(test);
    const store = await open(t);
    const bell = openBell(store);
    const stop = new AbortController();
    t.after(async () => {
      stop.abort();
      await bell.close();
      await store.close();
    });
    assert.equal(await bell.next(stop.signal), null);
    await bell.ring('ses_1');
    assert.equal(await bell.next(stop.signal), 'ses_1');
  });

  test(`${name}: live signals reach the subscribers of their session and of all`, async (test) => {
    const t = lastFirst(test);
    const store = await open(t);
    const [here, there] = [openLive(store), openLive(store)];
    t.after(async () => {
      await Promise.all([here.close(), there.close()]);
      await store.close();
    });
    const one = Promise.withResolvers<string>();
    const all = Promise.withResolvers<string>();
    await there.subscribe('ses_1', (signal) => one.resolve(signal.sessionId));
    await there.subscribe('*', (signal) => all.resolve(`${signal.kind} ${signal.sessionId}`));
    await there.subscribe('ses_2', () => assert.fail('not its session'));
    const stopped = Promise.withResolvers<string>();
    await there.onStop(stopped.resolve);
    here.publish({ kind: 'stop', sessionId: 'ses_1', turnId: 'trn_1' });
    assert.equal(await stopped.promise, 'trn_1');
    here.publish({ kind: 'events', sessionId: 'ses_1' });
    assert.deepEqual(await Promise.all([one.promise, all.promise]), ['ses_1', 'events ses_1']);
  });
}

test('I9: while Redis is away nobody waits for it, and a listener looks for work by itself', async (test) => {
  const t = lastFirst(test);
  const redis = await openTestRedis(t);
  const store = openRedisStore(redis.url);
  const [bell, live] = [openBell(store), openLive(store)];
  const stop = new AbortController();
  t.after(async () => {
    redis.thaw();
    stop.abort();
    await Promise.all([bell.close(), live.close()]);
    await store.close();
  });
  await bell.ring('ses_1');
  assert.equal(await bell.next(stop.signal), 'ses_1');
  redis.freeze();
  const began = Date.now();
  await Promise.all([bell.ring('ses_2'), live.subscribe('ses_2', () => {})]);
  assert.equal(await bell.next(stop.signal), null);
  await bell.ring('ses_3');
  assert.ok(Date.now() - began < 8_000, 'each wait ends by itself');
  redis.thaw();
  const heard = new Set([await bell.next(stop.signal), await bell.next(stop.signal)]);
  assert.deepEqual(heard, new Set(['ses_2', 'ses_3']), 'what was rung meanwhile is heard afterwards');
});

test('a Redis that is not there is said with the setting to change', async () => {
  await assert.rejects(checkRedis('redis://127.0.0.1:1'), {
    code: 'redis.unreachable',
    message: /REDIS_URL/,
  });
});
