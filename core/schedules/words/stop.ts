/**
 * Why reading ended. `unclear`: it may be meant in several ways. `wrong`: it cannot be meant. `incomplete`: it begins like a
 * schedule and says no time; where any sentence may stand, it is just a sentence.
 */
export type StopKind = 'unclear' | 'wrong' | 'incomplete';

export class Stop extends Error {
  readonly kind: StopKind;
  /** Whole requests that would be understood. */
  readonly choices: string[];

  constructor(kind: StopKind, message: string, choices: string[] = []) {
    super(message);
    this.kind = kind;
    this.choices = choices;
  }
}
