/** How far the messages of all channels are taken: ids rise with time, over all of Discord. */
export interface Progress {
  /** A message is being taken; the answer says that it is settled. */
  begin(message: string): () => void;
  /** Everything up to this id is settled; null before the first. */
  settled(): string | null;
}

export function openProgress(): Progress {
  const going = new Map<bigint, number>();
  let highest = 0n;
  return {
    begin: (message) => {
      const id = BigInt(message);
      if (id > highest) highest = id;
      going.set(id, (going.get(id) ?? 0) + 1);
      let done = false;
      return () => {
        if (done) return;
        done = true;
        const left = (going.get(id) ?? 1) - 1;
        if (left > 0) going.set(id, left);
        else going.delete(id);
      };
    },
    settled: () => {
      if (highest === 0n) return null;
      let least = highest;
      for (const id of going.keys()) if (id <= least) least = id - 1n;
      return String(least);
    },
  };
}
