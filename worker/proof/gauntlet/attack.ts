import { messageOf } from '#core/errors.ts';

/** What it would be if an attack succeeded: something got out, somebody got out, or others are no longer served. */
export type Harm = 'leak' | 'escape' | 'crash';

/** One attempt at something that must not be possible, and a look from outside at whether it was. */
export interface Attack<A> {
  /** Says what is tried; unique in its group. */
  name: string;
  /** Tries it, inside; what the attacker says of its success is not believed. Throws where it could not even be tried. */
  run(arena: A): Promise<void>;
  /** Asked of the observer while what was tried still stands: did it succeed? Never asks the attacker or the guard. */
  observed(arena: A): Promise<boolean>;
}

/** Attacks that one observer judges, and the proof that it would see a success. */
export interface AttackGroup<A> {
  name: string;
  harm: Harm;
  /** Something allowed (or done by the host itself) that the same observer must see. */
  control: Attack<A>;
  attacks: Attack<A>[];
}

/** Where attacks are made. */
export interface Arena {
  /** Ends all that an attack left, and forgets what was seen. */
  settle(): Promise<void>;
  /** Null while what was attacked still serves; else what is wrong. */
  broken(): Promise<string | null>;
  close(): Promise<void>;
}

export interface Verdict {
  group: string;
  attack: string;
  /** For a control `true` is right, for an attack `false`; null: it could not be tried. */
  observed: boolean | null;
  control: boolean;
  /** What broke by it, or why it could not be tried. */
  fault: string | null;
}

/** Did it end as it has to? */
export function isGood({ observed, control, fault }: Verdict): boolean {
  return observed === control && fault === null;
}

/** Runs a group, its control first and after each attack a clean slate. `most`: no more attacks than these, spread. */
export async function runGroup<A extends Arena>(
  group: AttackGroup<A>,
  arena: A,
  most = Number.POSITIVE_INFINITY,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const every = Math.max(1, Math.ceil(group.attacks.length / most));
  const attacks = group.attacks.filter((_, at) => at % every === 0);
  for (const attack of [group.control, ...attacks]) {
    const verdict: Verdict = {
      group: group.name,
      attack: attack.name,
      control: attack === group.control,
      observed: null,
      fault: null,
    };
    try {
      await attack.run(arena);
      verdict.observed = await attack.observed(arena);
    } catch (error) {
      verdict.fault = `it could not be tried: ${messageOf(error)}`;
    } finally {
      await arena.settle();
    }
    verdict.fault ??= await arena.broken();
    verdicts.push(verdict);
  }
  return verdicts;
}
