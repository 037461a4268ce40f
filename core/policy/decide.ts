import type { Effect, LayerName, Policy } from './document.ts';
import { hostMatches } from './hosts.ts';
import { isIntranet, presetEffect, ruleMatches, type Subject, type Tunnel } from './match.ts';
import type { Range } from './ranges.ts';
import type { CanonicalRequest } from './request.ts';
import { ruleText } from './rule-text.ts';

/** The policies that apply to one turn; a layer may be missing. A template has one for each of its own layers. */
export type PolicyLayers = { readonly [layer in Exclude<LayerName, 'template'>]?: Policy } & {
  readonly template?: readonly Policy[];
};

/** Policies by their layers. */
export function layersOf(policies: readonly Policy[]): PolicyLayers {
  const stored = policies.filter(({ layer }) => layer !== 'template');
  const template = policies.filter(({ layer }) => layer === 'template');
  return { ...Object.fromEntries(stored.map((policy) => [policy.layer, policy])), template };
}

/** Which words decided. `rule` counts from 1; `preset` when no rule spoke; `built-in` when no policy did. */
export interface Reason {
  readonly layer: LayerName | 'built-in';
  readonly version: number;
  readonly rule: number | 'preset';
  readonly text: string;
}

export interface Decision {
  readonly effect: Effect;
  /** For people and the agent: which policy said so. */
  readonly reason: string;
  readonly decidedBy: Reason;
  /** Non-public addresses that this host may have, as opened by the system's and the workspace's policies. */
  readonly opened: readonly Range[];
}

interface Verdict {
  readonly effect: Effect;
  readonly strength: number;
  readonly by: Reason;
  readonly words?: string | undefined;
}

/**
 * How verdicts outrank each other. A denial by anybody stands. A rule outranks a preset, so a lower layer may allow
 * what an upper one merely did not mention; to insist on asking, an upper layer writes an `ask` rule for `*`.
 */
const strengths = { deny: 6, askRule: 5, allowRule: 4, askPreset: 3, allowPreset: 2, builtIn: 1 } as const;
const strictness: Record<Effect, number> = { allow: 0, ask: 1, deny: 2 };
const standing = ['system', 'workspace', 'user'] as const;

const builtIn: Verdict = {
  effect: 'ask',
  strength: strengths.builtIn,
  by: { layer: 'built-in', version: 1, rule: 'preset', text: 'preset allowlist' },
};

/**
 * What policy says about a request. Pure, total and independent of anything that is not given.
 * - In one document the first rule that matches speaks; if none does, its preset.
 * - Across system, workspace and user: deny over ask over allow; rules over presets; of equals the upper layer's.
 * - A user's preset only narrows. Where neither system nor workspace names a preset, it is `allowlist`.
 * - The template's come last and only narrow: each can turn allow into ask or deny, never back.
 */
export function decide(request: CanonicalRequest, layers: PolicyLayers): Decision {
  const { effect, by, words } = weigh(request, layers);
  return {
    effect,
    reason: words ?? `${by.text} (${by.layer} policy, version ${by.version})`,
    decidedBy: by,
    opened: [...openedFor(request, layers)],
  };
}

/** May TLS to this host and port go through unread? Asked at CONNECT; if not, it is intercepted and decided inside. */
export function mayPassThrough(tunnel: Tunnel, layers: PolicyLayers): boolean {
  const { effect, strength } = weigh({ host: tunnel.host, port: tunnel.port }, layers);
  return effect === 'allow' && strength === strengths.allowRule;
}

function weigh(subject: Subject, layers: PolicyLayers): Verdict {
  const heard = standing.flatMap((name) => verdictOf(layers[name], subject, layers) ?? []);
  const strongest = heard.reduce((best, one) => (one.strength > best.strength ? one : best), builtIn);
  const narrowing = (layers.template ?? []).flatMap((policy) => verdictOf(policy, subject, layers) ?? []);
  const stricter = (one: Verdict, than: Verdict) => strictness[one.effect] > strictness[than.effect];
  return narrowing.reduce((strictest, one) => (stricter(one, strictest) ? one : strictest), strongest);
}

function verdictOf(policy: Policy | undefined, subject: Subject, layers: PolicyLayers): Verdict | undefined {
  if (!policy) return undefined;
  const { layer, version } = policy;
  const index = policy.rules.findIndex((rule) => ruleMatches(rule, subject));
  const rule = policy.rules[index];
  if (rule) {
    return {
      effect: rule.effect,
      strength: { deny: strengths.deny, ask: strengths.askRule, allow: strengths.allowRule }[rule.effect],
      by: { layer, version, rule: index + 1, text: ruleText(rule) },
      words: rule.effect === 'deny' ? rule.reason : undefined,
    };
  }
  const effect = presetEffect(policy, subject, definedRanges(layers));
  if (!effect || (layer === 'user' && effect === 'allow')) return undefined;
  return {
    effect,
    strength: { deny: strengths.deny, ask: strengths.askPreset, allow: strengths.allowPreset }[effect],
    by: { layer, version, rule: 'preset', text: `preset ${policy.preset}` },
  };
}

/** Only those who run the network open it: what a user's or a template's document matches opens nothing. */
function* openedFor(request: CanonicalRequest, layers: PolicyLayers): Generator<Range> {
  for (const policy of [layers.system, layers.workspace]) {
    const rule = policy?.rules.find((one) => ruleMatches(one, request));
    if (rule && rule.effect !== 'deny') {
      for (const pattern of rule.host) {
        if (pattern.kind === 'range' && hostMatches(pattern, request.host)) yield pattern.range;
      }
      for (const name of rule.ranges ?? []) yield* layers.system?.ranges[name] ?? [];
    } else if (!rule && policy?.preset === 'intranet') {
      const ranges = definedRanges(layers);
      if (isIntranet(policy, request.host, ranges)) yield* ranges;
    }
  }
}

function definedRanges(layers: PolicyLayers): Range[] {
  return Object.values(layers.system?.ranges ?? {}).flat();
}
