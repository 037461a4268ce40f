import { randomBytes } from 'node:crypto';
import { DeckhandError } from '#core/errors.ts';
import { sha256 } from '#core/events/canonical.ts';
import { keyBytes } from './aes-gcm.ts';

/** Keys that wrap the data keys of secrets. New secrets use `current`; older ones open until all are rewrapped. */
export interface MasterKeys {
  readonly current: string;
  readonly byId: ReadonlyMap<string, Uint8Array>;
}

/** A new master key, base64. */
export function newMasterKey(): string {
  return randomBytes(keyBytes).toString('base64');
}

/**
 * Opens master keys, base64 of 32 bytes each, the current one first.
 * @throws {DeckhandError} `master_key_invalid`, without any of the key
 */
export function openMasterKeys(keys: readonly [string, ...string[]]): MasterKeys {
  const byId = new Map(keys.map(readKey).map((key) => [keyIdOf(key), key]));
  return { current: keyIdOf(readKey(keys[0])), byId };
}

function readKey(text: string): Uint8Array {
  const key = Buffer.from(text, 'base64');
  if (key.length !== keyBytes || key.toString('base64') !== text.trim()) {
    throw new DeckhandError(
      'master_key_invalid',
      `A master key is ${keyBytes} random bytes in base64, as \`openssl rand -base64 ${keyBytes}\` prints them.`,
      { blame: 'machine' },
    );
  }
  return key;
}

/** 64 bits of a hash of 256 random bits: names the key, tells nothing of it. */
function keyIdOf(key: Uint8Array): string {
  return sha256(Buffer.concat([Buffer.from('deckhand:master-key:v1:'), key])).slice(0, 16);
}
