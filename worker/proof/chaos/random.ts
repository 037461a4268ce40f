/** Random choices that a seed repeats. */
export interface Dice {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in [from, to]. */
  between(from: number, to: number): number;
  /** True with this chance, 0 to 1. */
  chance(odds: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
}

/** Dice from a seed (mulberry32): small, fast, and good enough to choose faults with. */
export function openDice(seed: number): Dice {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    chance: (odds) => next() < odds,
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
  };
}
