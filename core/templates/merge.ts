import type { Policy } from '#core/policy/document.ts';
import { type Effort, efforts, type TemplateLayer, type TemplateVersion } from './document.ts';
import { type McpServer, mergeServers } from './mcp.ts';
import { namesTool } from './tools.ts';

/** What an agent is, once the layers are put together. Plain data; null means nobody said anything. */
export interface Template {
  name: string;
  about: string;
  /** Which documents it was made of, uppermost first. */
  layers: { layer: TemplateLayer; version: number; hash: string }[];
  /** Each layer's own words, uppermost first. */
  instructions: { layer: TemplateLayer; text: string }[];
  /** `provider:model`, in the order in which they are tried; null: what is set up. */
  models: string[] | null;
  effort: Effort | null;
  tools: { allow: string[][]; deny: string[]; ask: string[] };
  /** Tool servers, by name. */
  mcp: McpServer[];
  /** Each layer's list; a skill must stand in all of them. */
  skills: string[][];
  limits: {
    steps: number | null;
    minutes: number | null;
    tokens: number | null;
    /** US dollars. */
    cost: number | null;
  };
  image: string | null;
  workspace: 'persistent' | 'fresh';
  save: 'idle' | 'turn';
  /** Each is asked after the policies of system, workspace and user, and only narrows. */
  policies: Policy[];
}

export interface Merged {
  template: Template;
  /** What a lower layer asked for and does not get, in words for whoever wrote it. */
  notes: string[];
}

/**
 * Puts the layers of one template together. Pure. A lower layer narrows and never widens:
 * | field | rule |
 * | --- | --- |
 * | about | the lowest layer that says something |
 * | instructions | all, the upper ones first; none takes another's away |
 * | model.use | a lower layer chooses among the upper one's; without one in common the upper one's stand |
 * | model.effort | the lowest word, but never above any layer's limits.effort |
 * | tools.allow, skills | what every layer that has a list lists |
 * | tools.deny, tools.ask | what any layer lists |
 * | mcp | see `mergeServers` |
 * | limits | the smallest |
 * | image | the uppermost word; a user's own layer has none, an administrator answers for what is in an image |
 * | workspace | fresh, if any layer says so |
 * | save | turn, if any layer says so |
 * | policy | every layer's; each narrows |
 */
export function mergeTemplate(name: string, versions: readonly TemplateVersion[]): Merged {
  const notes: string[] = [];
  const documents = versions.map(({ layer, document }) => ({ layer, ...document }));
  const said = <T>(values: (T | undefined)[]): T[] => values.filter((value) => value !== undefined);
  const least = (limit: 'steps' | 'minutes' | 'tokens' | 'cost'): number | null => {
    let smallest: number | null = null;
    for (const { layer, limits } of documents) {
      const asked = limits?.[limit];
      if (asked === undefined) continue;
      if (smallest !== null && asked > smallest)
        notes.push(`${layer}: limits.${limit} ${asked} has no effect, ${smallest} is set above it`);
      smallest = smallest === null ? asked : Math.min(smallest, asked);
    }
    return smallest;
  };
  const limits = {
    steps: least('steps'),
    minutes: least('minutes'),
    tokens: least('tokens'),
    cost: least('cost'),
  };
  const image = mergeImage(documents, notes);

  const template: Template = {
    name,
    about: said(documents.map((one) => one.about)).at(-1) ?? '',
    layers: versions.map(({ layer, version, hash }) => ({ layer, version, hash })),
    instructions: documents.flatMap(({ layer, instructions }) =>
      instructions?.trim() ? [{ layer, text: instructions.trim() }] : [],
    ),
    models: mergeModels(documents, notes),
    effort: mergeEffort(documents, notes),
    tools: {
      allow: said(documents.map((one) => one.tools?.allow)),
      deny: [...new Set(documents.flatMap((one) => one.tools?.deny ?? []))],
      ask: [...new Set(documents.flatMap((one) => one.tools?.ask ?? []))],
    },
    mcp: mergeServers(documents, notes),
    skills: said(documents.map((one) => one.skills)),
    limits,
    image,
    workspace: documents.some((one) => one.workspace === 'fresh') ? 'fresh' : 'persistent',
    save: documents.some((one) => one.save === 'turn') ? 'turn' : 'idle',
    policies: versions.flatMap(({ document, version }) =>
      document.policy ? [{ ...document.policy, layer: 'template' as const, version }] : [],
    ),
  };
  return { template, notes };
}

/** May an agent of this template use this tool, and must people be asked first? */
export function toolStanding(template: Pick<Template, 'tools'>, tool: string): 'no' | 'ask' | 'yes' {
  const { allow, deny, ask } = template.tools;
  if (deny.some((word) => namesTool(word, tool))) return 'no';
  if (!allow.every((words) => words.some((word) => namesTool(word, tool)))) return 'no';
  return ask.some((word) => namesTool(word, tool)) ? 'ask' : 'yes';
}

/** May an agent of this template read this skill? */
export function maySkill(template: Pick<Template, 'skills'>, skill: string): boolean {
  return template.skills.every((list) => list.includes(skill));
}

type Layered = { layer: TemplateLayer } & TemplateVersion['document'];

function mergeModels(documents: readonly Layered[], notes: string[]): string[] | null {
  let models: string[] | null = null;
  for (const { layer, model } of documents) {
    const asked = model?.use;
    if (!asked) continue;
    if (models === null) {
      models = asked;
      continue;
    }
    const upper: string[] = models;
    const refused = asked.filter((one) => !upper.includes(one));
    for (const one of refused)
      notes.push(`${layer}: model ${one} has no effect, it is not among ${upper.join(', ')}`);
    const both = asked.filter((one) => upper.includes(one));
    if (both.length > 0) models = both;
  }
  return models;
}

/** Images of a machine may hold what is not for everybody. */
function mergeImage(documents: readonly Layered[], notes: string[]): string | null {
  const said = documents.filter((one) => one.image !== undefined);
  const first = said.find(({ layer }) => layer !== 'user')?.image ?? null;
  for (const { layer, image } of said) {
    if (image === first) continue;
    const why = first === null ? 'an administrator chooses images' : `${first} is set above it`;
    notes.push(`${layer}: image ${image} has no effect, ${why}`);
  }
  return first;
}

function mergeEffort(documents: readonly Layered[], notes: string[]): Effort | null {
  const rank = (effort: Effort) => efforts.indexOf(effort);
  const ceilings = documents.flatMap(({ limits }) => limits?.effort ?? []);
  const ceiling = ceilings.toSorted((one, other) => rank(one) - rank(other))[0];
  const asked = documents.findLast(({ model }) => model?.effort !== undefined);
  const effort = asked?.model?.effort;
  if (!asked || effort === undefined) return null;
  if (ceiling === undefined || rank(effort) <= rank(ceiling)) return effort;
  notes.push(`${asked.layer}: model.effort ${effort} has no effect beyond ${ceiling}, the limit`);
  return ceiling;
}
