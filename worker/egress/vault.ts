import { DeckhandError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { entryKeyOf, publishedKey } from '#core/secrets/entry-key.ts';
import { openEntry, type SealedEntry } from '#core/secrets/entry-seal.ts';
import { type Envelope, openSecret, rewrapSecret, sealSecret, sealText } from '#core/secrets/envelope.ts';
import type { MasterKeys } from '#core/secrets/master-keys.ts';
import type { SecretPlace } from '#core/secrets/place.ts';
import type { Vault, VaultRow, VaultRows } from '#core/secrets/ports.ts';

/** The vault and what keeps it in order. */
export interface OpenVault extends Vault {
  /**
   * Publishes the key that values are to be sealed to, if it is not the one that this vault published last.
   * Says in the log when something is under a key that is not among ours.
   */
  publish(): Promise<void>;
  /** Puts entries into envelopes and envelopes under the current master key; gives how many of each. */
  tidy(): Promise<{ adopted: number; rewrapped: number }>;
  /** In place of the value that the row holds, in the same version; false when it has changed since it was read. */
  replace(secretId: string, version: number, value: string): Promise<boolean>;
  /** Egress's own private texts, for places that no secret has. */
  readonly notes: Notes;
}

export interface Notes {
  seal(text: string, place: SecretPlace): Envelope;
  /** @throws {DeckhandError} `secret_unreadable` */
  open(envelope: Envelope, place: SecretPlace): string;
  /** What another role sealed to this one. @throws {DeckhandError} `secret_unreadable` */
  openEntry(entry: SealedEntry, keyId: string, place: SecretPlace): string;
}

export interface VaultDeps {
  rows: VaultRows;
  /** Asked at each use: a key that was rotated is taken without a restart. */
  keys: () => MasterKeys;
  log: Log;
}

const atOnce = 100;

/** Opens secrets; the one place where sealed values and master keys meet (I5). */
export function openVault({ rows, keys, log }: VaultDeps): OpenVault {
  /** Rows that cannot be read, in the version that was tried: they are reported once and then left alone. */
  const unreadable = new Map<string, number>();
  let published: string | undefined;

  function reveal(row: VaultRow, now: MasterKeys): string {
    if ('envelope' in row.kept) return openSecret(row.kept.envelope, row.place, now);
    return revealEntry(row.kept.entry, row.kept.keyId, row.place, now);
  }

  function revealEntry(entry: SealedEntry, keyId: string, place: SecretPlace, now: MasterKeys): string {
    const own = entryKeys(now).get(keyId);
    if (own) return openEntry(entry, place, own);
    throw new DeckhandError(
      'secret_unreadable',
      `The secret ${place.name} cannot be opened: it was sealed to the key ${keyId}, which this egress has not. Give it the same master key as the others, or enter the secret anew.`,
      { blame: 'machine' },
    );
  }

  /** An egress with another master key than the rest is found at its start, not by whoever needs a secret. */
  async function reportMissing(now: MasterKeys): Promise<void> {
    const own = [...now.byId.keys(), ...entryKeys(now).keys()];
    const missing = (await rows.keysInUse()).filter((id) => !own.includes(id));
    if (missing.length === 0) return;
    log.error(
      { keys: missing },
      'Some secrets are under master keys that this egress has not: add them to DECKHAND_MASTER_KEYS_OLDER, or enter those secrets anew',
    );
  }

  /** Goes on with the others when one row cannot be read. */
  async function each(found: readonly VaultRow[], change: (row: VaultRow) => Promise<boolean>) {
    let changed = 0;
    for (const row of found) {
      try {
        if (await change(row)) changed += 1;
        unreadable.delete(row.secretId);
      } catch (fault) {
        if (!(fault instanceof DeckhandError)) throw fault;
        unreadable.set(row.secretId, row.place.version);
        log.error({ secret: row.secretId, code: fault.code }, fault.message);
      }
    }
    return changed;
  }

  /** A row that was replaced meanwhile deserves another try. */
  async function stillUnreadable(): Promise<string[]> {
    for (const [secretId, version] of unreadable) {
      const row = await rows.byId(secretId);
      if (row?.place.version !== version) unreadable.delete(secretId);
    }
    return [...unreadable.keys()];
  }

  async function all(
    find: () => Promise<VaultRow[]>,
    change: (row: VaultRow) => Promise<boolean>,
  ): Promise<number> {
    let changed = 0;
    for (;;) {
      const found = await find();
      const now = await each(found, change);
      changed += now;
      // Nothing changed: the rest is unreadable, or another egress is at it.
      if (found.length < atOnce || now === 0) return changed;
    }
  }

  return {
    async open(secretId, boundTo) {
      const row = await rows.byId(secretId);
      if (!row) {
        throw new DeckhandError(
          'secret_unreadable',
          'This secret has been removed. Enter it anew to use it.',
          {
            blame: 'asker',
          },
        );
      }
      if (boundTo !== undefined && row.place.boundTo !== boundTo) {
        throw new DeckhandError(
          'secret_unreadable',
          `The secret ${row.place.name} may go elsewhere since a moment ago. Try again.`,
          { blame: 'asker', retryable: true },
        );
      }
      return reveal(row, keys());
    },

    used: (secretId) =>
      rows.used(secretId).catch((fault) => {
        log.warn({ err: fault, secret: secretId }, 'the use of a secret was not noted');
      }),

    async publish() {
      const now = keys();
      if (published === now.current) return;
      await rows.publish(publishedKey(entryKeyOf(currentKey(now))));
      published = now.current;
      await reportMissing(now);
    },

    async tidy() {
      const now = keys();
      const own = [...entryKeys(now).keys()];
      const known = [...now.byId.keys()];
      const skip = await stillUnreadable();
      const adopted = await all(
        () => rows.sealedTo(own, [...skip, ...unreadable.keys()], atOnce),
        (row) => rows.keep(row, sealSecret(reveal(row, now), row.place, now)),
      );
      const rewrapped = await all(
        () => rows.toRewrap(now.current, known, [...skip, ...unreadable.keys()], atOnce),
        async (row) =>
          'envelope' in row.kept && rows.keep(row, rewrapSecret(row.kept.envelope, row.place, now)),
      );
      return { adopted, rewrapped };
    },

    async replace(secretId, version, value) {
      const row = await rows.byId(secretId);
      if (row?.place.version !== version) return false;
      return rows.keep(row, sealSecret(value, row.place, keys()));
    },

    notes: {
      seal: (text, place) => sealText(text, place, keys()),
      open: (envelope, place) => openSecret(envelope, place, keys()),
      openEntry: (entry, keyId, place) => revealEntry(entry, keyId, place, keys()),
    },
  };
}

/** Private keys that entries may be sealed to, by the id of their public halves. */
function entryKeys(keys: MasterKeys): Map<string, string> {
  const own = [...keys.byId.values()].map(entryKeyOf);
  return new Map(own.map((key) => [publishedKey(key).keyId, key]));
}

function currentKey({ current, byId }: MasterKeys): Uint8Array {
  const key = byId.get(current);
  if (!key) throw new Error('the current master key is not among the keys');
  return key;
}
