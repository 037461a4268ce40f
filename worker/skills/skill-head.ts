import { z } from 'zod';
import { templateName } from '#core/templates/document.ts';
import { readYaml } from '#core/yaml/read-yaml.ts';

const head = z.looseObject({
  name: templateName.optional(),
  description: z.string('should say in one line what the skill is for').min(1).max(500),
});

/** The one line that a SKILL.md says of itself in its head, or why it cannot be used. `folder`: the skill's name. */
export function readSkillHead(text: string, folder: string): { description: string } | { fault: string } {
  if (!templateName.safeParse(folder).success)
    return { fault: 'its folder should have a name such as deploy-staging.' };
  const yaml = /^---\r?\n([\s\S]*?)\r?\n---\r?(?:\n|$)/.exec(text)?.[1];
  if (yaml === undefined)
    return { fault: 'SKILL.md should begin with a head between two lines of ---, with a description in it.' };
  const read = readYaml(yaml, { schema: head, unknownKey: 'is unknown' });
  if (!read.ok) return { fault: read.faults.join('; ') };
  if (read.value.name && read.value.name !== folder)
    return { fault: `its head names it ${read.value.name}.` };
  return { description: read.value.description.replaceAll(/\s+/g, ' ').trim() };
}
