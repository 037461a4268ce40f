import { randomBytes } from 'node:crypto';
import { DeckhandError } from '#core/errors.ts';
import { newId } from '#core/ids.ts';
import { boundTo, readBindings } from '#core/secrets/binding-text.ts';
import { resolveSecret } from '#core/secrets/place.ts';
import type {
  EgressKey,
  SecretEntry,
  SecretFacts,
  SecretLinks,
  SecretOwner,
  Secrets,
  VaultRow,
  VaultRows,
} from '#core/secrets/ports.ts';

interface Kept extends VaultRow {
  bindings: string;
  by: string;
  setAt: string;
  usedAt: number | null;
  removed: boolean;
}

export interface SecretStore {
  secrets: Secrets;
  links: SecretLinks;
  rows: VaultRows;
}

/** Secrets in memory, held to the same contract as those on Postgres. */
export function memorySecrets(): SecretStore {
  const kept = new Map<string, Kept>();
  const links = new Map<string, { userId: string; workspaceId: string; expiresAt: number; used: boolean }>();
  let published: EgressKey[] = [];
  const there = () => [...kept.values()].filter(({ removed }) => !removed);
  const at = ({ workspace, user, name }: SecretOwner & { name: string }) =>
    [...kept.values()].find(
      ({ place }) => place.workspace === workspace && place.user === user && place.name === name,
    );
  const shown = (all: Kept[]) =>
    all.map(toFacts).sort((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));
  const valid = (token: string) => {
    const link = links.get(token);
    return link && !link.used && link.expiresAt > Date.now() ? link : undefined;
  };

  const secrets: Secrets = {
    async visibleTo(workspace, user) {
      const all = shown(
        there().filter(
          ({ place }) => place.workspace === workspace && (place.user === null || place.user === user),
        ),
      );
      const names = [...new Set(all.map(({ name }) => name))];
      return names.flatMap((name) => resolveSecret(all, { workspace, user, name }) ?? []);
    },
    list: async ({ workspace, user }) =>
      shown(there().filter(({ place }) => place.workspace === workspace && place.user === user)),
    byId: async (secretId) => shown(there().filter((one) => one.secretId === secretId))[0] ?? null,
    versions: async (owner, names) =>
      new Map(names.flatMap((name) => at({ ...owner, name })?.place ?? []).map((p) => [p.name, p.version])),
    egressKey: async () => published.at(-1) ?? null,
    async put(entries, by, token) {
      const link = token === undefined ? null : valid(token);
      if (link === undefined || (link && !entries.every((entry) => isOf(entry, link)))) throw spent();
      for (const { place } of entries) {
        if (place.version !== (at(place)?.place.version ?? 0) + 1) throw changed(place.name);
      }
      if (link) link.used = true;
      for (const { place, bindings, keyId, sealed } of entries) {
        const secretId = at(place)?.secretId ?? newId('sec');
        const setAt = new Date().toISOString();
        const value = { entry: structuredClone(sealed), keyId };
        kept.set(secretId, {
          secretId,
          place,
          kept: value,
          bindings,
          by,
          setAt,
          usedAt: null,
          removed: false,
        });
      }
    },
    async remove(secretId) {
      const one = kept.get(secretId);
      if (!one || one.removed) return false;
      kept.set(secretId, { ...one, removed: true, kept: { entry: { ephemeral: '', box: '' }, keyId: '' } });
      return true;
    },
    async underKeys() {
      const under = Map.groupBy(there(), (one) =>
        'envelope' in one.kept ? one.kept.envelope.masterKeyId : '',
      );
      const keys = [...under].filter(([key]) => key !== '').sort(([one], [other]) => (one < other ? -1 : 1));
      return {
        waiting: under.get('')?.length ?? 0,
        keys: keys.map(([masterKeyId, all]) => ({ masterKeyId, secrets: all.length })),
      };
    },
  };

  const rows: VaultRows = {
    async publish(key) {
      published = [...published.filter(({ keyId }) => keyId !== key.keyId), key];
    },
    byId: async (secretId) => there().find((one) => one.secretId === secretId) ?? null,
    sealedTo: async (keyIds, except, limit) =>
      there()
        .filter((one) => 'entry' in one.kept && keyIds.includes(one.kept.keyId))
        .filter(({ secretId }) => !except.includes(secretId))
        .slice(0, limit),
    toRewrap: async (current, known, except, limit) =>
      there()
        .filter(({ kept: value }) => {
          const id = 'envelope' in value ? value.envelope.masterKeyId : current;
          return id !== current && known.includes(id);
        })
        .filter(({ secretId }) => !except.includes(secretId))
        .slice(0, limit),
    async keep(row, envelope) {
      const now = kept.get(row.secretId);
      if (!now || now.removed || now.kept !== row.kept || now.place.version !== row.place.version)
        return false;
      kept.set(row.secretId, { ...now, kept: { envelope } });
      return true;
    },
    keysInUse: async () =>
      [...new Set(there().map(({ kept: v }) => ('envelope' in v ? v.envelope.masterKeyId : v.keyId)))].sort(),
    async used(secretId) {
      const one = kept.get(secretId);
      if (one) kept.set(secretId, { ...one, usedAt: Date.now() });
    },
  };

  return {
    secrets,
    rows,
    links: {
      async create(of, lifeMs) {
        const token = randomBytes(32).toString('base64url');
        links.set(token, { ...of, expiresAt: Date.now() + lifeMs, used: false });
        return token;
      },
      async look(token) {
        const link = valid(token);
        if (!link) return null;
        const { userId, workspaceId, expiresAt } = link;
        return { userId, workspaceId, expiresAt: new Date(expiresAt).toISOString() };
      },
    },
  };
}

function toFacts({ secretId, place, bindings, by, setAt, usedAt }: Kept): SecretFacts {
  return {
    ...place,
    secretId,
    boundTo: boundTo(bindings),
    bindings: readBindings(bindings),
    written: JSON.parse(bindings),
    setBy: { userId: by, name: by },
    setAt,
    usedAt: usedAt === null ? null : new Date(usedAt).toISOString(),
  };
}

const isOf = ({ place }: SecretEntry, of: { userId: string; workspaceId: string }) =>
  place.user === of.userId && place.workspace === of.workspaceId;

const spent = () => new DeckhandError('secret_link_spent', 'This link has been used or is too old.');
const changed = (name: string) =>
  new DeckhandError('secret_changed', `${name} was replaced at the same moment.`, { retryable: true });
