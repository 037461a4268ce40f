import type { Live, LiveSignal } from '#core/live/ports.ts';

/** Live signals for all readers of one server: heard once, handed to those whom they concern. */
export interface LiveHub {
  /** Hears what concerns a session or a console thread, by its id. What it gives ends that. */
  listen(id: string, listener: (signal: LiveSignal) => void): () => void;
  /** Hears that some session or other has changed, at most once in `listEveryMs`. */
  onList(listener: () => void): () => void;
  /**
   * One reading for all readers of `id` who ask for the same since its last signal: a reading that began before a signal
   * never answers somebody who was woken by it.
   */
  shared<T>(id: string, what: string, read: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Lists of threads are read again this often at the most, however much goes on elsewhere. */
const listEveryMs = 1_000;

interface Known {
  listeners: Set<(signal: LiveSignal) => void>;
  readings: Map<string, Promise<unknown>>;
}

export async function openLiveHub(live: Live): Promise<LiveHub> {
  const known = new Map<string, Known>();
  const lists = new Set<() => void>();
  let listTimer: NodeJS.Timeout | null = null;

  const unsubscribe = await live.subscribe('*', (signal) => {
    const here = known.get(signal.sessionId);
    if (here) {
      here.readings.clear();
      for (const listener of here.listeners) listener(signal);
    }
    if (signal.kind !== 'events' || listTimer || lists.size === 0) return;
    listTimer = setTimeout(() => {
      listTimer = null;
      for (const listener of lists) listener();
    }, listEveryMs);
  });

  return {
    listen: (id, listener) => {
      const here = known.get(id) ?? { listeners: new Set(), readings: new Map() };
      known.set(id, here);
      here.listeners.add(listener);
      return () => {
        here.listeners.delete(listener);
        if (here.listeners.size === 0 && known.get(id) === here) known.delete(id);
      };
    },
    onList: (listener) => {
      lists.add(listener);
      return () => void lists.delete(listener);
    },
    shared: <T>(id: string, what: string, read: () => Promise<T>) => {
      const readings = known.get(id)?.readings;
      const begun = readings?.get(what) as Promise<T> | undefined;
      if (begun) return begun;
      const reading = read().finally(() => {
        // Kept only while it is under way: what is read is never older than its reader's question.
        if (readings?.get(what) === reading) readings.delete(what);
      });
      readings?.set(what, reading);
      return reading;
    },
    close: async () => {
      if (listTimer) clearTimeout(listTimer);
      await unsubscribe();
    },
  };
}
