import type { Question, Resource } from './dns.ts';

/** Where names live that say nothing else; of the world, public, and nobody's here. */
export const world = '11.1.1.1';

/** How often each name was asked for, for those that change their mind. */
const asked = new Map<string, number>();

/**
 * What the attacker's name server answers. A name says where it wants to be: `at-a9fea9fe.…` there, `six-<32 hex>.…`
 * there, `two-…` in the world and there, `many-…` last of forty, `alias-…` by another name, `alien-…` in a record that is
 * another name's, `flip<n>-…` in the world for n questions and then there, `long-…` only by TCP.
 */
export function answerTo({ name, type }: Question): Resource[] {
  const lower = name.toLowerCase();
  const [, how = '', hex = ''] =
    /^(?:[^.]*\.)*?(at|six|two|many|alias|alien|flip\d+|long|both)-([0-9a-f]{8,32})\./.exec(lower) ?? [];
  const there = addressOf(hex);
  const wanted = there.includes(':') ? 28 : 1;
  const count = (asked.get(`${lower} ${type}`) ?? 0) + 1;
  asked.set(`${lower} ${type}`, count);
  const only = (records: Resource[]) => (type === wanted ? records : []);
  if (how === 'both') return [{ data: type === 28 ? there : world }];
  if (how === 'two') return only([{ data: world }, { data: there }]);
  if (how === 'many')
    return only([...Array.from({ length: 40 }, (_, n) => ({ data: `11.1.2.${n + 1}` })), { data: there }]);
  if (how === 'alias') return only([{ data: 'inner.example' }, { owner: 'inner.example', data: there }]);
  if (how === 'alien') return only([{ data: world }, { owner: 'other.example', data: there }]);
  if (how === 'long') return only([{ data: there }]);
  if (how.startsWith('flip')) return only([{ data: count > Number(how.slice(4)) ? there : world }]);
  if (how !== '') return only([{ data: there }]);
  return type === 1 ? [{ data: world }] : [];
}

/** Does this name want to be asked by TCP? */
export function wantsTcp(name: string): boolean {
  return /(^|\.)(long|hush)-/i.test(name);
}

/**
 * How long the name's server lets whoever asks wait, in milliseconds: `slow<ms>-…` that long, `never-…` and, once asked by
 * TCP, `hush-…` for ever.
 */
export function waitOf(name: string, tcp: boolean): number {
  if (/(^|\.)never-/i.test(name) || (tcp && /(^|\.)hush-/i.test(name))) return Number.POSITIVE_INFINITY;
  return Number(/(?:^|\.)slow(\d{1,5})-/i.exec(name)?.[1] ?? 0);
}

function addressOf(hex: string): string {
  if (hex.length === 32) return hex.match(/.{4}/g)?.join(':') ?? world;
  return hex.length === 8 ? Array.from(Buffer.from(hex, 'hex')).join('.') : world;
}
