import { isMap, isSeq, parseDocument } from 'yaml';
import { DeckhandError } from '#core/errors.ts';
import type { Rule } from './document.ts';
import { type HostPattern, hostMatches } from './hosts.ts';
import { type PolicyPlace, parsePolicy } from './parse.ts';
import { ruleText } from './rule-text.ts';

/**
 * The document with one more rule, comments and all. It stands before the first rule that asks, or it would never
 * speak; else last. It never goes round a denial: where one that comes later speaks of the same host, people decide.
 * @throws {DeckhandError} `policy_invalid`
 */
export function addRule(document: string, ruleSource: string, place: PolicyPlace): string {
  const rule = readRule(ruleSource, place);
  const { rules } = parsePolicy(document, place);
  const asks = rules.findIndex(({ effect }) => effect === 'ask');
  const at = asks < 0 ? rules.length : asks;
  const denied = rules.slice(at).find((one) => one.effect === 'deny' && overlaps(one, rule));
  if (denied && rule.effect !== 'deny') {
    throw invalid(
      `“${ruleText(rule)}” cannot be added by itself: it would stand before “${ruleText(denied)}”. Edit the document and put it where you mean it.`,
    );
  }
  const source = parseDocument(document);
  const node = source.createNode(parseDocument(ruleSource).toJS(), { flow: true });
  const list = source.get('rules');
  if (isSeq(list)) {
    list.items.splice(at, 0, node);
    // A list that was written as `[]` would hold everything in one line.
    list.flow = false;
  } else if (isMap(source.contents)) source.set('rules', source.createNode([node]));
  const text = source.toString({ lineWidth: 0 });
  parsePolicy(text, place);
  return text;
}

/** @throws {DeckhandError} `policy_invalid` */
function readRule(source: string, place: PolicyPlace): Rule {
  const rule: unknown = parseDocument(source).toJS();
  const { rules } = parsePolicy(JSON.stringify({ format: 1, rules: [rule] }), { ...place, ranges: 'any' });
  const [read] = rules;
  if (!read) throw invalid('There is no rule in it.');
  return read;
}

/** May both speak of one host? Ranges and names are told apart by `hostMatches`; when in doubt, yes. */
function overlaps(one: Rule, other: Rule): boolean {
  return one.host.some((pattern) => other.host.some((another) => meet(pattern, another)));
}

function meet(one: HostPattern, other: HostPattern): boolean {
  if (one.kind === 'name') return hostMatches(other, one.host);
  if (other.kind === 'name') return hostMatches(one, other.host);
  if (one.kind === 'below' && other.kind === 'below') {
    return one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix);
  }
  return one.kind !== 'below' && other.kind !== 'below' ? true : one.kind === 'any' || other.kind === 'any';
}

function invalid(message: string): DeckhandError {
  return new DeckhandError('policy_invalid', message, { blame: 'asker' });
}
