import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceRow } from '#core/chat/devices-port.ts';
import { openDeviceStore } from './device-store.ts';
import { sdk } from './sdk.ts';

const key = new Uint8Array(32).fill(7);
const ids = () => [new sdk.UserId('@bot:test'), new sdk.DeviceId('ONE')] as const;

/** What stands in the database after a write. */
function apply(rows: Map<string, DeviceRow>, changes: { rows: DeviceRow[]; emptied: string[] }): void {
  for (const [id, { store }] of rows) if (changes.emptied.includes(store)) rows.delete(id);
  for (const row of changes.rows) {
    const id = `${row.store}/${Buffer.from(row.key).toString('hex')}`;
    if (row.value) rows.set(id, row);
    else rows.delete(id);
  }
}

async function machineOn(rows: DeviceRow[] | null) {
  const store = await openDeviceStore(rows);
  const handle = await sdk.StoreHandle.openWithKey(store.name, key);
  return { store, machine: await sdk.OlmMachine.initFromStore(...ids(), handle) };
}

test('a device that is made again from its rows is the same, with all it has learnt', async () => {
  await sdk.initAsync();
  const rows = new Map<string, DeviceRow>();
  const first = await machineOn(null);
  apply(rows, await first.store.changes());
  first.store.kept();
  const [upload] = (await first.machine.outgoingRequests()) as { id: string; type: number }[];
  assert.ok(upload);
  await first.machine.markRequestAsSent(
    upload.id,
    upload.type,
    JSON.stringify({ one_time_key_counts: { signed_curve25519: 50 } }),
  );
  await first.machine.updateTrackedUsers([new sdk.UserId('@ana:test')]);
  const room = () => new sdk.RoomId('!room:test');
  await first.machine.shareRoomKey(room(), [], new sdk.EncryptionSettings());
  const sealed = await first.machine.encryptRoomEvent(room(), 'm.room.message', '{"body":"hello"}');
  const later = await first.store.changes();
  assert.ok(later.rows.length > 0 && later.rows.length < 12, 'only what has changed is written');
  assert.ok(later.rows.every(({ value }) => !value || !Buffer.from(value).includes('hello')));
  apply(rows, later);
  first.store.kept();
  assert.deepEqual((await first.store.changes()).rows, []);
  const { ed25519 } = first.machine.identityKeys;

  const second = await machineOn([...rows.values()]);
  assert.equal(second.machine.identityKeys.ed25519.toBase64(), ed25519.toBase64());
  const types = (await second.machine.outgoingRequests()).map(({ type }) => type);
  assert.ok(!types.includes(sdk.RequestType.KeysUpload), 'its keys were uploaded');
  const event = {
    ...{ type: 'm.room.encrypted', event_id: '$e', sender: '@bot:test', room_id: '!room:test' },
    ...{ origin_server_ts: 1, content: JSON.parse(sealed) },
  };
  const settings = new sdk.DecryptionSettings(sdk.TrustRequirement.Untrusted);
  const read = await second.machine.decryptRoomEvent(JSON.stringify(event), room(), settings);
  assert.equal(JSON.parse(read.event).content.body, 'hello');
  for (const { store, machine } of [first, second]) {
    machine.close();
    store.close();
  }
});

test('what was given and is not kept is given again', async () => {
  await sdk.initAsync();
  const { store, machine } = await machineOn(null);
  const given = await store.changes();
  const again = await store.changes();
  assert.deepEqual(
    again.rows.map(({ store: name }) => name).sort(),
    given.rows.map(({ store: name }) => name).sort(),
  );
  machine.close();
  store.close();
});
