/** Runs work of one name in the order in which it was given; work of other names goes on beside it. */
export type InLane = <T>(name: string, work: () => Promise<T>) => Promise<T>;

export function openLanes(): InLane {
  const tails = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const mine = (tails.get(name) ?? Promise.resolve()).then(work);
    // What comes after it comes also when it fails.
    const tail = mine
      .catch(() => {})
      .finally(() => {
        if (tails.get(name) === tail) tails.delete(name);
      });
    tails.set(name, tail);
    return mine;
  };
}
