import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GatewayDispatchPayload } from 'discord.js';
import { openLog } from '#core/log.ts';
import { until } from '#core/testing/until.ts';
import { openChannels } from './channels.ts';
import { listen } from './listen.ts';
import { snowflakeAt } from './types.ts';

const guild = '7';
const event = (t: string, d: object) => ({ t, d }) as GatewayDispatchPayload;

/** Listens to one guild, of which what was said meanwhile is read once `read` is called. */
function listening(t: TestContext, mostHeldMs?: number) {
  const reading = Promise.withResolvers<void>();
  const taken: string[] = [];
  const heard = listen(snowflakeAt(new Date()), {
    inbound: {
      message: async ({ id }, { before }) => {
        await before();
        taken.push(id);
      },
      event: async () => {},
    },
    channels: openChannels({} as never),
    catchUp: () => ({ guild: () => reading.promise, direct: async () => {} }),
    known: async () => ({ directs: [], channels: new Set() }),
    ...{ interact: () => {}, welcome: async () => {}, guilds: { note: () => {} }, mostHeldMs },
    log: openLog('test', 'silent'),
  });
  t.after(() => heard.stop());
  heard.event(event('READY', { guilds: [{ id: guild }] }), 0);
  heard.event(event('GUILD_CREATE', { id: guild, name: 'Harbour', channels: [], threads: [] }), 0);
  const say = (): string => {
    const id = snowflakeAt(new Date(Date.now() + 3_600_000));
    heard.event(event('MESSAGE_CREATE', { id, channel_id: '8', guild_id: guild }), 0);
    return id;
  };
  return { heard, taken, say, read: reading.resolve };
}

test('I3: what comes live waits until what was said meanwhile has been read', async (t) => {
  const { taken, say, read } = listening(t);
  const id = say();
  await nextTurn();
  assert.deepEqual(taken, []);
  read();
  await until(async () => taken[0], 'the message to be taken');
  assert.deepEqual(taken, [id]);
});

test('I1: what comes live does not wait for ever, and the position waits for what was not read', async (t) => {
  const { heard, taken, say } = listening(t, 20);
  const before = heard.position();
  const id = say();
  await nextTurn();
  assert.deepEqual(taken, []);
  await until(async () => taken[0], 'the message to be taken');
  assert.deepEqual(taken, [id]);
  assert.equal(heard.position(), before);
});
