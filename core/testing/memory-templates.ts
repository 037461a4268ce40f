import type { StoredTemplate, TemplateStore } from '#core/templates/ports.ts';

/** A template store in memory. */
export function memoryTemplateStore(): TemplateStore {
  const rows: StoredTemplate[] = [];
  const chosen = new Map<string, { workspaceId: string; channel: string | null; template: string }>();
  const same = (one: StoredTemplate, other: Pick<StoredTemplate, 'layer' | 'ownerId' | 'name'>) =>
    one.layer === other.layer && one.ownerId === other.ownerId && one.name === other.name;
  return {
    newest: async ({ workspaceId, userId }, name) => {
      const owners = { system: '', workspace: workspaceId, user: userId };
      const mine = rows.filter(
        (row) => row.ownerId === owners[row.layer] && (name === undefined || row.name === name),
      );
      return mine.filter((row) => !mine.some((other) => same(row, other) && other.version > row.version));
    },
    versions: async (slot) => rows.filter((row) => same(row, slot)).toReversed(),
    add: async ({ layer, ownerId, name }, text, by) => {
      const slot = { layer, ownerId, name };
      const version = rows.filter((row) => same(row, slot)).length + 1;
      rows.push({ ...slot, version, text, createdBy: by, createdAt: new Date().toISOString() });
      return version;
    },
    choose: async ({ workspaceId, channel }, template) => {
      const key = `${workspaceId}/${channel ?? ''}`;
      if (template === null) chosen.delete(key);
      else chosen.set(key, { workspaceId, channel, template });
    },
    choices: async (workspaceId) =>
      [...chosen.values()]
        .filter((one) => one.workspaceId === workspaceId)
        .sort((one, other) => ((one.channel ?? '') < (other.channel ?? '') ? -1 : 1))
        .map(({ channel, template }) => ({ channel, template })),
  };
}
