import { z } from 'zod';
import type { Devices } from '#core/chat/devices-port.ts';
import { platformErrors } from '#core/chat/platform-errors.ts';
import { DeckhandError, messageOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import type { Homeserver } from '../homeserver.ts';
import type { MatrixEvent } from '../types.ts';
import { type KeyRing, KeysLost, openKeyRing } from './machine.ts';
import type { Crypto } from './port.ts';
import { drain, shareRoomKey, vouchForDevice } from './requests.ts';
import { sdk } from './sdk.ts';

export interface CryptoDeps {
  homeserver: Homeserver;
  devices: Devices;
  /** MATRIX_ENCRYPTION_KEY. */
  key: Uint8Array;
  password: string | null;
  log: Log;
}

const written = z.object({ type: z.string(), content: z.record(z.string(), z.unknown()) });
const megolm = 'm.megolm.v1.aes-sha2';

export function openCrypto({ homeserver, devices, key, password, log }: CryptoDeps): Crypto {
  const { userId } = homeserver;
  let ring: Promise<KeyRing> | null = null;
  let fault: string | null = null;
  /** What the homeserver said last of the keys it has of us; a change is answered with new ones. */
  let counted = '';
  /** The account has keys of its own already, with which somebody vouches for its devices. */
  let vouches = false;

  function keys(): Promise<KeyRing> {
    ring ??= open();
    ring.catch(() => {
      ring = null;
    });
    return ring;
  }

  async function open(): Promise<KeyRing> {
    await sdk.initAsync();
    const { deviceId } = await homeserver.whoami();
    if (!deviceId) throw new KeysLost('the homeserver does not say which device I am');
    const of = { platform: 'matrix', account: userId, device: deviceId } as const;
    return openKeyRing({ devices, of, key, check: (identity) => check(deviceId, identity) });
  }

  async function check(
    deviceId: string,
    { ed25519, isNew }: { ed25519: string; isNew: boolean },
  ): Promise<void> {
    const body = { device_keys: { [userId]: [deviceId] } };
    const answer = (await homeserver.request('POST', '/_matrix/client/v3/keys/query', body)) as {
      device_keys?: Record<string, Record<string, { keys?: Record<string, string> }>>;
      master_keys?: Record<string, unknown>;
    };
    vouches = answer.master_keys?.[userId] !== undefined;
    const known = answer.device_keys?.[userId]?.[deviceId]?.keys?.[`ed25519:${deviceId}`];
    if (!known || known === ed25519) return;
    throw new KeysLost(
      isNew
        ? `my keys (of the device ${deviceId}) are lost`
        : `another program uses my device ${deviceId} with keys of its own`,
    );
  }

  /** Runs work on the keys. That they are lost is remembered, to be told. */
  async function use<T>(work: Parameters<KeyRing['use']>[0]): Promise<T> {
    if (fault) throw new KeysLost(fault);
    try {
      return (await (await keys()).use(work)) as T;
    } catch (error) {
      if (error instanceof KeysLost) {
        fault = error.message;
        log.error(
          { err: error },
          'encrypted rooms cannot be read: set a new MATRIX_ENCRYPTION_KEY and log in anew (docs/matrix.md)',
        );
      }
      throw error;
    }
  }

  async function begin(): Promise<void> {
    await use(async (machine, keep) => {
      await drain(homeserver, machine, keep);
      if (vouches) return;
      const auth = (session?: string) =>
        password && session
          ? { type: 'm.login.password', identifier: { type: 'm.id.user', user: userId }, password, session }
          : null;
      const done = await vouchForDevice(homeserver, machine, keep, auth);
      if (!done)
        log.warn('the homeserver wants a password to vouch for this device; some clients will not trust it');
    });
  }

  return {
    fault: () => fault,

    receive: async (batch) => {
      if (fault) return;
      const { to_device, device_lists: lists, device_one_time_keys_count: counts } = batch;
      const unused = batch.device_unused_fallback_key_types;
      const now = JSON.stringify([counts, unused]);
      const events = to_device?.events ?? [];
      const changed = [...(lists?.changed ?? []), ...(lists?.left ?? [])];
      if (events.length === 0 && changed.length === 0 && now === counted) return;
      try {
        await use(async (machine, keep) => {
          const ids = (users: string[] = []) => users.map((user) => new sdk.UserId(user));
          await machine.receiveSyncChanges(
            JSON.stringify(events),
            new sdk.DeviceLists(ids(lists?.changed), ids(lists?.left)),
            new Map(Object.entries(counts ?? {})),
            unused ? new Set(unused) : undefined,
          );
          await keep();
          await drain(homeserver, machine, keep);
        });
        if (counted === '') await begin();
        counted = now;
      } catch (error) {
        // Rooms without encryption go on, whatever is wrong with keys.
        if (!(error instanceof DeckhandError) || error.retryable) throw error;
        log.error({ err: error }, 'the homeserver does not take my keys');
      }
    },

    decrypt: async (roomId, event) => {
      if (event.content.algorithm !== megolm) return null;
      try {
        const clear = await use<string>(async (machine) => {
          const settings = new sdk.DecryptionSettings(sdk.TrustRequirement.Untrusted);
          const read = await machine.decryptRoomEvent(
            JSON.stringify(event),
            new sdk.RoomId(roomId),
            settings,
          );
          // Whoever runs the homeserver may put anybody's name to it.
          if (read.sender.toString() !== event.sender)
            throw new Error('it was written by another than its sender');
          return read.event;
        });
        return asWritten(event, clear);
      } catch (error) {
        if (error instanceof DeckhandError && error.retryable) throw error;
        log.info({ event: event.event_id, why: messageOf(error) }, 'a message could not be decrypted');
        return null;
      }
    },

    encrypt: async (roomId, type, content, { algorithm, ...rotation }) => {
      if (algorithm !== megolm) {
        throw platformErrors('Matrix').refused(`the room is encrypted by ${algorithm}, which I do not know`);
      }
      const users = Object.keys(await homeserver.members(roomId));
      return use<object>(async (machine, keep) => {
        const turning = { ms: rotation.rotation_period_ms, messages: rotation.rotation_period_msgs };
        await shareRoomKey(homeserver, machine, keep, { roomId, users, rotation: turning });
        const sealed = await machine.encryptRoomEvent(new sdk.RoomId(roomId), type, JSON.stringify(content));
        return JSON.parse(sealed) as object;
      });
    },

    close: async () => {
      await (await ring)?.close();
    },
  };
}

/** Relations stand outside of what is encrypted ("m.relates_to … must be … unencrypted"), and so do our own opaque fields. */
function asWritten(event: MatrixEvent, clear: string): MatrixEvent | null {
  const read = written.safeParse(JSON.parse(clear)).data;
  if (!read) return null;
  const relation = event.content['m.relates_to'];
  const content = relation ? { ...read.content, 'm.relates_to': relation } : read.content;
  return { ...event, type: read.type, content };
}
