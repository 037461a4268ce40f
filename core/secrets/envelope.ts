import { randomBytes } from 'node:crypto';
import { DeckhandError } from '#core/errors.ts';
import { keyBytes, open, seal } from './aes-gcm.ts';
import type { MasterKeys } from './master-keys.ts';
import { placeBytes, type SecretPlace } from './place.ts';
import { checkValue } from './value.ts';

/** A secret at rest: its value under a data key of its own, that key under a master key. Base64, but for the id. */
export interface Envelope {
  readonly masterKeyId: string;
  readonly wrappedKey: string;
  readonly value: string;
}

/**
 * Encrypts a value for its place.
 * @throws {DeckhandError} `secret_value_invalid`
 */
export function sealSecret(value: string, place: SecretPlace, keys: MasterKeys): Envelope {
  checkValue(place.name, value);
  return sealText(value, place, keys);
}

/** The same for a text that never travels in a header, such as what renews a secret. */
export function sealText(text: string, place: SecretPlace, keys: MasterKeys): Envelope {
  const dataKey = randomBytes(keyBytes);
  try {
    return {
      masterKeyId: keys.current,
      wrappedKey: wrap(dataKey, place, keys),
      value: seal(dataKey, Buffer.from(text), placeBytes('value', place)),
    };
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The value; for egress alone, while a lease lasts.
 * @throws {DeckhandError} `secret_unreadable`: the master key is missing, or the row is not this place's
 */
export function openSecret(envelope: Envelope, place: SecretPlace, keys: MasterKeys): string {
  const dataKey = unwrap(envelope, place, keys);
  try {
    return open(dataKey, envelope.value, placeBytes('value', place)).toString('utf8');
  } catch (cause) {
    throw unreadable(place, 'it was changed or belongs elsewhere; enter it anew', cause);
  } finally {
    dataKey.fill(0);
  }
}

/**
 * The same secret under the current master key. The value is not decrypted: rotating costs one small write a secret.
 * @throws {DeckhandError} `secret_unreadable`
 */
export function rewrapSecret(envelope: Envelope, place: SecretPlace, keys: MasterKeys): Envelope {
  const dataKey = unwrap(envelope, place, keys);
  try {
    return { ...envelope, masterKeyId: keys.current, wrappedKey: wrap(dataKey, place, keys) };
  } finally {
    dataKey.fill(0);
  }
}

function wrap(dataKey: Uint8Array, place: SecretPlace, keys: MasterKeys): string {
  return seal(masterKey(keys.current, place, keys), dataKey, placeBytes(`key:${keys.current}`, place));
}

function unwrap({ masterKeyId, wrappedKey }: Envelope, place: SecretPlace, keys: MasterKeys): Buffer {
  const key = masterKey(masterKeyId, place, keys);
  try {
    return open(key, wrappedKey, placeBytes(`key:${masterKeyId}`, place));
  } catch (cause) {
    throw unreadable(place, 'it was changed or belongs elsewhere; enter it anew', cause);
  }
}

function masterKey(id: string, place: SecretPlace, keys: MasterKeys): Uint8Array {
  const key = keys.byId.get(id);
  if (!key) throw unreadable(place, `its master key ${id} is not among those given; add it as an older key`);
  return key;
}

function unreadable(place: SecretPlace, why: string, cause?: unknown): DeckhandError {
  return new DeckhandError('secret_unreadable', `The secret ${place.name} cannot be opened: ${why}.`, {
    blame: 'machine',
    cause,
  });
}
