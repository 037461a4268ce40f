import { deserialize, serialize } from 'node:v8';
import type { DeviceRow } from '#core/chat/devices-port.ts';
import { type Ask, type DatabaseInMemory, databases, forget, hearWrites, type ObjectStore } from './sdk.ts';

/** A device's databases in memory, and what has changed in them since they were last written down. */
export interface DeviceStore {
  /** The name under which the SDK opens it. */
  readonly name: string;
  /** What has changed, to be written down. Writing is noted by `kept`. */
  changes(): Promise<{ rows: DeviceRow[]; emptied: string[] }>;
  /** The changes that were given last stand where they last. */
  kept(): void;
  close(): void;
}

/** The form of a database, to make it again: its version, stores and indexes. */
interface Form {
  version: number;
  stores: {
    name: string;
    keyPath: string | string[] | null;
    autoIncrement: boolean;
    indexes: { name: string; keyPath: string | string[]; unique: boolean; multiEntry: boolean }[];
  }[];
}

/** The SDK's databases are called by our name and one of these. */
const parts = ['::matrix-sdk-crypto-meta', '::matrix-sdk-crypto'];
/** Where a database's form stands among its rows: no store is called so. */
const formStore = '';

let count = 0;

/** Brings a device's databases into memory. `rows` null: there are none yet. */
export async function openDeviceStore(rows: DeviceRow[] | null): Promise<DeviceStore> {
  count += 1;
  const name = `device-${count}`;
  for (const part of rows ? parts : []) await restore(`${name}${part}`, rowsOf(part, rows ?? []));
  const changed = openChanges(name);
  return {
    name,
    changes: changed.read,
    kept: changed.forget,
    close: () => {
      changed.stop();
      for (const part of parts) forget(`${name}${part}`);
    },
  };
}

const placeOf = (part: string, store: string) => `${part}/${store}`;

function rowsOf(part: string, rows: DeviceRow[]): { store: string; key: unknown; value: unknown }[] {
  const prefix = placeOf(part, '');
  return rows.flatMap(({ store, key, value }) =>
    store.startsWith(prefix) && value
      ? [{ store: store.slice(prefix.length), key: deserialize(key), value: deserialize(value) }]
      : [],
  );
}

async function restore(name: string, rows: ReturnType<typeof rowsOf>): Promise<void> {
  const form = rows.find(({ store }) => store === formStore)?.value as Form | undefined;
  if (!form) return;
  const opening = databases.open(name, form.version);
  opening.onupgradeneeded = () => {
    for (const { name: store, keyPath, autoIncrement, indexes } of form.stores) {
      const made = opening.result.createObjectStore(store, { keyPath, autoIncrement });
      for (const { name: index, keyPath: path, unique, multiEntry } of indexes)
        made.createIndex(index, path, { unique, multiEntry });
      for (const row of rows) if (row.store === store) made.put(row.value, keyPath ? undefined : row.key);
    }
  };
  (await answered(opening)).close();
}

/** Listens to writes and gives them as rows. */
function openChanges(name: string) {
  /** Keys that were written, by database and store; null: any may have been. */
  let dirty = new Map<string, Map<string, Set<string> | null>>();
  let given: typeof dirty | null = null;
  /** How the databases look that are written down, and those that were given since. */
  const forms = new Map<string, string>();
  const fresh = new Map<string, string>();

  const stop = hearWrites((database, store, key) => {
    if (!database.startsWith(`${name}::`)) return;
    const stores = dirty.get(database) ?? new Map<string, Set<string> | null>();
    dirty.set(database, stores);
    const keys = stores.get(store);
    // Ranges and keys inside of values are rare; then the whole store is written.
    if (typeof key !== 'string' || keys === null) stores.set(store, null);
    else stores.set(store, (keys ?? new Set()).add(key));
  });

  async function read() {
    // What was given and not kept is still to be written.
    for (const [database, stores] of given ?? []) merge(dirty, database, stores);
    given = dirty;
    dirty = new Map();
    const rows: DeviceRow[] = [];
    const emptied: string[] = [];
    for (const [database, stores] of given) {
      const part = database.slice(name.length);
      const opened = await answered(databases.open(database));
      const form = JSON.stringify(formOf(opened));
      if (forms.get(part) !== form) {
        fresh.set(part, form);
        rows.push({
          store: placeOf(part, formStore),
          key: serialize(null),
          value: serialize(JSON.parse(form)),
        });
      }
      const there = new Set(opened.objectStoreNames);
      for (const [store, keys] of stores) {
        const place = placeOf(part, store);
        if (!there.has(store) || keys === null) emptied.push(place);
        if (there.has(store)) rows.push(...(await rowsIn(opened, store, place, keys)));
      }
      opened.close();
    }
    return { rows, emptied };
  }

  return {
    read,
    stop,
    forget: () => {
      given = null;
      for (const [part, form] of fresh) forms.set(part, form);
    },
  };
}

function merge(
  into: Map<string, Map<string, Set<string> | null>>,
  database: string,
  stores: Map<string, Set<string> | null>,
): void {
  const known = into.get(database) ?? new Map<string, Set<string> | null>();
  into.set(database, known);
  for (const [store, keys] of stores) {
    const there = known.get(store);
    known.set(store, keys === null || there === null ? null : new Set([...keys, ...(there ?? [])]));
  }
}

async function rowsIn(
  database: DatabaseInMemory,
  name: string,
  place: string,
  keys: Set<string> | null,
): Promise<DeviceRow[]> {
  const store = database.transaction([name], 'readonly').objectStore(name);
  if (keys) {
    const read = [...keys].map(async (key) => ({ key, value: await answered(store.get(key)) }));
    return (await Promise.all(read)).map(({ key, value }) => row(place, key, value));
  }
  const [allKeys, all] = await Promise.all([answered(store.getAllKeys()), answered(store.getAll())]);
  return allKeys.map((key, index) => row(place, key, all[index]));
}

function row(store: string, key: unknown, value: unknown): DeviceRow {
  return { store, key: serialize(key), value: value === undefined ? null : serialize(value) };
}

function formOf(database: DatabaseInMemory): Form {
  const names = [...database.objectStoreNames];
  if (names.length === 0) return { version: database.version, stores: [] };
  const reading = database.transaction(names, 'readonly');
  return { version: database.version, stores: names.map((name) => formOfStore(reading.objectStore(name))) };
}

function formOfStore(store: ObjectStore): Form['stores'][number] {
  const indexes = [...store.indexNames].map((name) => {
    const { keyPath, unique, multiEntry } = store.index(name);
    return { name, keyPath, unique, multiEntry };
  });
  const { name, keyPath, autoIncrement } = store;
  return { name, keyPath, autoIncrement, indexes };
}

function answered<T>(ask: Ask<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    ask.onsuccess = () => resolve(ask.result);
    ask.onerror = () => reject(ask.error ?? new Error('the IndexedDB in memory failed'));
  });
}
