/**
 * The encryption that Element's own clients use, as WebAssembly. It keeps its state in IndexedDB, which Node lacks: one in
 * memory takes that place, and `device-store.ts` brings it from and to where it lasts.
 */
import 'fake-indexeddb/auto';
import { IDBCursor as CursorInMemory, IDBObjectStore as StoreInMemory } from 'fake-indexeddb';

export * as sdk from '@matrix-org/matrix-sdk-crypto-wasm';

/** As much of IndexedDB as we use; the types of browsers are not part of this project. */
export interface Ask<T> {
  result: T;
  error: Error | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
  onupgradeneeded?: (() => void) | null;
  onblocked?: (() => void) | null;
}

export interface ObjectStore {
  readonly name: string;
  readonly keyPath: string | string[] | null;
  readonly autoIncrement: boolean;
  readonly indexNames: Iterable<string>;
  readonly transaction: { readonly db: { readonly name: string } };
  index(name: string): { keyPath: string | string[]; unique: boolean; multiEntry: boolean };
  createIndex(name: string, keyPath: string | string[], more: { unique: boolean; multiEntry: boolean }): void;
  get(key: unknown): Ask<unknown>;
  getAll(): Ask<unknown[]>;
  getAllKeys(): Ask<unknown[]>;
  put(value: unknown, key?: unknown): Ask<unknown>;
}

export interface DatabaseInMemory {
  readonly version: number;
  readonly objectStoreNames: Iterable<string>;
  createObjectStore(
    name: string,
    more: { keyPath: string | string[] | null; autoIncrement: boolean },
  ): ObjectStore;
  transaction(
    stores: string[],
    mode: 'readonly' | 'readwrite',
  ): { objectStore(name: string): ObjectStore; oncomplete: (() => void) | null };
  close(): void;
}

interface Databases {
  open(name: string, version?: number): Ask<DatabaseInMemory>;
  /** All there are, by name. */
  _databases: Map<string, unknown>;
}

/** `fake-indexeddb/auto` has put it there, with more than browsers declare. */
export const databases = (globalThis as unknown as { indexedDB: Databases }).indexedDB;

/**
 * Frees a database. Deleting it properly would wait, without rest, until the SDK's handle on it has been collected.
 */
export function forget(name: string): void {
  databases._databases.delete(name);
}

/** Called for each write: in which database and store; the key, or null when it may be any. */
type Heard = (database: string, store: string, key: unknown) => void;

const listeners = new Set<Heard>();

/** Hears of every write from now on. */
export function hearWrites(heard: Heard): () => void {
  listeners.add(heard);
  return () => void listeners.delete(heard);
}

function tell({ name, transaction }: ObjectStore, key: unknown): void {
  for (const heard of listeners) heard(transaction.db.name, name, key);
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** What changes a store goes by one of these methods. */
function listen(to: unknown, names: string[], storeOf: (self: unknown) => ObjectStore, keyAt: number): void {
  const methods = (to as { prototype: Record<string, Method> }).prototype;
  for (const name of names) {
    const method = methods[name];
    if (!method) throw new Error(`the IndexedDB in memory has no ${name}`);
    methods[name] = function told(...args) {
      tell(storeOf(this), args[keyAt] ?? null);
      return method.apply(this, args);
    };
  }
}

const itself = (self: unknown) => self as ObjectStore;
listen(StoreInMemory, ['put', 'add'], itself, 1);
listen(StoreInMemory, ['delete'], itself, 0);
listen(StoreInMemory, ['clear'], itself, 9);
const below = (self: unknown) => {
  const { source } = self as { source: ObjectStore & { objectStore?: ObjectStore } };
  return source.objectStore ?? source;
};
listen(CursorInMemory, ['update', 'delete'], below, 9);
