import { type Harm, isGood, type Verdict } from './attack.ts';
import { networkGroups } from './network/groups.ts';
import { sandboxGroups } from './sandbox/groups.ts';

/** The last line of a run. */
export interface Summary {
  attacks: number;
  leaks: number;
  escapes: number;
  crashes: number;
}

const harms = new Map([...sandboxGroups, ...networkGroups].map(({ name, harm }) => [name, harm]));

/** What success in a group of this name is. */
export function harmOf(group: string): Harm {
  const harm = harms.get(group);
  if (!harm) throw new Error(`no group is called ${group}`);
  return harm;
}

/** Attacks that were made and succeeded; whatever broke counts as a crash. */
export function summarise(verdicts: readonly Verdict[], harm: (group: string) => Harm): Summary {
  const attacks = verdicts.filter(({ control }) => !control);
  const count = (of: Harm) =>
    attacks.filter(({ observed, group }) => observed === true && harm(group) === of).length;
  const broken = verdicts.filter(({ observed, fault }) => observed !== null && fault !== null).length;
  const made = attacks.filter(({ observed }) => observed !== null).length;
  return { attacks: made, leaks: count('leak'), escapes: count('escape'), crashes: count('crash') + broken };
}

/** Nothing got out or broke, every attack was made, and every observer saw what it had to. */
export function isClean(verdicts: readonly Verdict[]): boolean {
  const groups = new Set(verdicts.map(({ group }) => group));
  return verdicts.length > groups.size && verdicts.every(isGood);
}

/** A line for a group, and one for everything that is not as it has to be. */
export function describe(verdicts: readonly Verdict[], ms: number): string {
  const [first] = verdicts;
  const bad = verdicts.filter((verdict) => !isGood(verdict));
  const count = verdicts.filter(({ control }) => !control).length;
  const line = `${bad.length === 0 ? '✓' : '✗'} ${first?.group}: ${count} attacks, ${(ms / 1000).toFixed(1)} s`;
  return [line, ...bad.map((verdict) => `    ${wrong(verdict)}`)].join('\n');
}

function wrong({ attack, observed, control, fault }: Verdict): string {
  if (control && observed !== true)
    return `the observer did not see its control (${attack})${fault ? `: ${fault}` : ''}`;
  if (observed === true && !control) return `SUCCEEDED: ${attack}${fault ? `; ${fault}` : ''}`;
  return `${attack}: ${fault}`;
}
