import { fingerprint } from '#core/events/canonical.ts';
import type { Harness, ModelRef } from '#core/events/types.ts';
import type { PinnedMcp } from '#core/mcp/types.ts';
import { maySkill, type Template, toolStanding } from '#core/templates/merge.ts';
import { markName } from './context/mark.ts';
import type { Models } from './models/models.ts';
import type { TurnStart } from './port.ts';
import { instructions } from './prompt.ts';
import type { McpOffer } from './servers-port.ts';
import { schemaOf } from './tools/journaled.ts';
import { tools } from './tools/table.ts';
import type { AnyTool } from './tools/tool.ts';

/** Model calls a turn may make, unless its template says less. */
export const defaultMaxSteps = 200;

/** Characters of the past that are told word by word before it is summarised: about 30,000 tokens. */
export const maxContextChars = 120_000;

/** All that could differ between two runs of a turn that starts now. @throws {DeckhandError} `model.not_set_up` */
export function newHarness(start: TurnStart, models: Models, version: string, maxSteps: number): Harness {
  const { template, asker, clock, contextSeq, turnId, prices } = start;
  const skills = start.skills.filter(({ name }) => maySkill(template, name));
  // A template that lists its skills has no others, whatever a repository brings.
  const pointless = [
    ...(skills.length > 0 ? [] : ['read_skill']),
    ...(template.skills.length > 0 ? ['find_skills'] : []),
  ];
  const offered = tools.filter(
    ({ name }) => toolStanding(template, name) !== 'no' && !pointless.includes(name),
  );
  const [model, ...fallbacks] = models.choose(template.models);
  const { steps, ...limits } = template.limits;
  const mark = markName(turnId);
  return {
    version,
    clock,
    template: template.name,
    layers: template.layers,
    instructions: instructions({ template, asker, skills, mcp: start.mcp, clock, mark }),
    model,
    fallbacks,
    settings: settingsOf(template),
    tools: offered.map((tool) => ({ name: tool.name, hash: hashes().get(tool.name) ?? '' })),
    asks: offered.map(({ name }) => name).filter((name) => toolStanding(template, name) === 'ask'),
    ...(start.mcp ? { mcp: pinned(start.mcp, template) } : {}),
    skills: skills.map(({ name }) => name),
    ...(template.image === null ? {} : { image: template.image }),
    ...(template.workspace === 'fresh' ? { workspace: 'fresh' as const } : {}),
    ...(template.save === 'turn' ? { save: 'turn' as const } : {}),
    maxSteps: Math.min(steps ?? maxSteps, maxSteps),
    limits,
    ...(limits.cost === null ? {} : { prices: pricesFor([model, ...fallbacks], prices) }),
    context: { rule: 2, maxChars: maxContextChars, mark },
    contextSeq,
  };
}

/**
 * What a turn goes on with: what it began with, if that can still be run here, else the same under today's version,
 * tools and models. Gives the recorded harness itself when nothing had to change.
 */
export function renewHarness(recorded: Harness, models: Models, version: string): Harness {
  const refs = [recorded.model, ...(recorded.fallbacks ?? [])].filter((ref) => models.has(ref));
  const all = refs.length === 1 + (recorded.fallbacks?.length ?? 0);
  if (canReplay(recorded, version) && all) return recorded;
  const [model, ...fallbacks] = refs.length > 0 ? (refs as [ModelRef, ...ModelRef[]]) : models.choose(null);
  const known = recorded.tools.flatMap(({ name }) => tools.find((tool) => tool.name === name) ?? []);
  return {
    ...recorded,
    version,
    model,
    ...(recorded.fallbacks ? { fallbacks } : {}),
    tools: known.map((tool) => ({ name: tool.name, hash: hashes().get(tool.name) ?? '' })),
  };
}

/** Can this version run that harness step by step? Instructions, settings and models are taken from the record. */
export function canReplay(recorded: Harness, version: string): boolean {
  return (
    recorded.version === version && recorded.tools.every(({ name, hash }) => hashes().get(name) === hash)
  );
}

/** What of the servers' tools the template lets through, and what it has asked for first. */
function pinned({ servers, tools: all }: McpOffer, template: Template): PinnedMcp {
  const standing = all.map((tool) => ({ tool, is: toolStanding(template, tool.name) }));
  return {
    servers,
    tools: standing.flatMap(({ tool, is }) =>
      is === 'no' ? [] : [{ ...tool, ask: tool.ask || is === 'ask' }],
    ),
    ...(toolStanding(template, 'answer_server') === 'no' ? {} : { answers: true as const }),
  };
}

function settingsOf({ effort }: Template): Record<string, unknown> {
  // Nothing is kept at the provider; what a model thought comes back to it encrypted (docs/adr/0056).
  return { store: false, ...(effort ? { reasoning: { effort } } : {}) };
}

function pricesFor(refs: readonly ModelRef[], prices: TurnStart['prices']): NonNullable<Harness['prices']> {
  const known = refs.flatMap((ref) => {
    const price = prices(ref);
    return price ? [[`${ref.provider}:${ref.name}`, price] as const] : [];
  });
  return Object.fromEntries(known);
}

let known: Map<string, string> | null = null;

function hashes(): Map<string, string> {
  known ??= new Map(tools.map((tool) => [tool.name, hashOf(tool)]));
  return known;
}

function hashOf(tool: AnyTool): string {
  return fingerprint({ description: tool.description, parameters: schemaOf(tool) });
}
