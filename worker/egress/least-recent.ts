/** A map that forgets what was not asked for longest. */
export class LeastRecent<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #max: number;
  readonly #onForget: (value: V) => void;

  constructor(max: number, onForget: (value: V) => void = () => {}) {
    this.#max = max;
    this.#onForget = onForget;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    for (const [oldest, forgotten] of this.#entries) {
      if (this.#entries.size <= this.#max) break;
      this.#entries.delete(oldest);
      this.#onForget(forgotten);
    }
  }

  /** Empties it and hands out what was in it. */
  clear(): V[] {
    const values = [...this.#entries.values()];
    this.#entries.clear();
    return values;
  }
}
