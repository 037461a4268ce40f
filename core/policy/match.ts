import { isIP } from 'node:net';
import type { Effect, Policy, Rule } from './document.ts';
import { type CanonicalHost, type HostPattern, hostMatches } from './hosts.ts';
import { pathMatches } from './paths.ts';
import { type Range, rangeHolds } from './ranges.ts';
import { type CanonicalRequest, standardPort } from './request.ts';

/** TLS that would go through unread: nobody knows its methods and paths. */
export type Tunnel = Pick<CanonicalRequest, 'host' | 'port'>;
export type Subject = CanonicalRequest | Tunnel;

/**
 * Does the rule speak of this? What permits is read narrowly and what restricts broadly: a rule that allows holds for
 * a tunnel only if it says `passthrough`, one that asks or denies whatever its methods and paths are.
 */
export function ruleMatches(rule: Rule, subject: Subject): boolean {
  if (!rule.host.some((pattern) => hostMatches(pattern, subject.host))) return false;
  if (!('method' in subject)) return portMatches(rule, subject.port, [443]) && tunnelMatches(rule);
  const { method, scheme, port, path } = subject;
  const read = rule.effect === 'allow' ? 'strictly' : 'generously';
  return (
    portMatches(rule, port, [standardPort(scheme)]) &&
    (rule.schemes?.includes(scheme) ?? true) &&
    (rule.methods?.includes(method) ?? true) &&
    (rule.paths?.some((pattern) => pathMatches(pattern, path, read)) ?? true)
  );
}

/** What the document says when no rule of it speaks; `ranges` are those the system defines. */
export function presetEffect(policy: Policy, subject: Subject, ranges: readonly Range[]): Effect | undefined {
  if (policy.preset === undefined) return undefined;
  if (policy.preset === 'intranet') return isIntranet(policy, subject.host, ranges) ? 'allow' : 'ask';
  return ({ none: 'deny', allowlist: 'ask', internet: 'allow' } as const)[policy.preset];
}

/** An address in a named range, or a name at or below one of the document's domains. */
export function isIntranet(policy: Policy, host: CanonicalHost, ranges: readonly Range[]): boolean {
  if (isIP(host) !== 0) return ranges.some((range) => rangeHolds(range, host));
  return policy.domains.some((domain) => atOrBelow(domain, host));
}

function atOrBelow(domain: HostPattern, host: CanonicalHost): boolean {
  return domain.kind === 'name' && (host === domain.host || host.endsWith(`.${domain.host}`));
}

function portMatches(rule: Rule, port: number, standard: readonly number[]): boolean {
  return (rule.ports ?? (rule.effect === 'allow' ? standard : [port])).includes(port);
}

function tunnelMatches(rule: Rule): boolean {
  if (rule.effect === 'allow') return rule.passthrough && (rule.schemes?.includes('https') ?? true);
  return true;
}
