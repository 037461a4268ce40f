/** One attempt at something that must not be possible, and a look from outside at whether it was. */
export interface Attack<A> {
  /** Says what is tried; unique in its group. */
  name: string;
  /** Tries it, inside; what the attacker says of its success is not believed. */
  run(arena: A): Promise<void>;
  /** Asked of the observer while what was tried still stands: did it succeed? Never asks the attacker or the guard. */
  observed(arena: A): Promise<boolean>;
}

/** Attacks that one observer judges, and the proof that it would see a success. */
export interface AttackGroup<A> {
  name: string;
  /** Something allowed (or done by the host itself) that the same observer must see. */
  control: Attack<A>;
  attacks: Attack<A>[];
}

export interface Verdict {
  group: string;
  attack: string;
  /** For a control `true` is right, for an attack `false`. */
  observed: boolean;
  control: boolean;
}

/** Runs a group, its control first and after each attack a clean slate. */
export async function runGroup<A extends { settle(): Promise<void> }>(
  group: AttackGroup<A>,
  arena: A,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const attack of [group.control, ...group.attacks]) {
    try {
      await attack.run(arena);
      const observed = await attack.observed(arena);
      verdicts.push({ group: group.name, attack: attack.name, observed, control: attack === group.control });
    } finally {
      await arena.settle();
    }
  }
  return verdicts;
}
