import type { Rule } from './document.ts';
import { hostPatternText } from './hosts.ts';

/** Rules do not change, and each request names the one that decided. */
const texts = new WeakMap<Rule, string>();

/** A rule in one line: `allow GET,HEAD https://*.example.com:443/repos/**`. What it leaves open is left out. */
export function ruleText(rule: Rule): string {
  const text = texts.get(rule) ?? written(rule);
  texts.set(rule, text);
  return text;
}

function written(rule: Rule): string {
  const { effect, methods, schemes, ports, paths } = rule;
  const hosts = rule.host.map(hostPatternText).join(',');
  const where = [
    schemes ? `${schemes.join(',')}://` : '',
    hosts,
    ports ? `:${ports.join(',')}` : '',
    paths?.map(({ text }) => text).join(',') ?? '',
  ].join('');
  return [effect, methods?.join(',') ?? [], where].flat().join(' ');
}
