import { DeckhandError } from '#core/errors.ts';
import { type TemplateVersion, templateLayers, templateName } from './document.ts';
import { type Merged, mergeTemplate } from './merge.ts';
import { parseTemplate } from './parse.ts';
import type { StoredTemplate, TemplateReader, TemplateStore, Templates } from './ports.ts';
import { shippedTemplates } from './shipped.ts';

/** The templates that a store's versions and the shipped texts make together. */
export function openTemplates(store: TemplateStore): Templates {
  /** What stands for this reader: by name, uppermost layer first. */
  async function standing(reader: TemplateReader, name?: string): Promise<Map<string, StoredTemplate[]>> {
    const found = new Map<string, StoredTemplate[]>();
    for (const kept of [...shipped(name), ...(await store.newest(reader, name))]) {
      const layers = (found.get(kept.name) ?? []).filter(({ layer }) => layer !== kept.layer);
      // Taken back by the operator, the shipped text goes too; by others, only their own word.
      if (kept.text !== null) layers.push(kept);
      found.set(kept.name, layers);
    }
    for (const [one, layers] of found) {
      if (layers.length === 0) found.delete(one);
      layers.sort((a, b) => templateLayers.indexOf(a.layer) - templateLayers.indexOf(b.layer));
    }
    return found;
  }

  async function resolve(name: string, reader: TemplateReader): Promise<Merged> {
    const layers = (await standing(reader, name)).get(name);
    if (layers) return mergeTemplate(name, layers.map(read));
    const names = [...(await standing(reader)).keys()].sort();
    throw new DeckhandError(
      'template.unknown',
      `There is no template ${name} here. There are: ${names.join(', ')}.`,
      { blame: 'asker' },
    );
  }

  return {
    resolve,
    list: async (reader) => {
      const all = [...(await standing(reader))].sort(([one], [other]) => (one < other ? -1 : 1));
      return all.map(([name, layers]) => ({
        name,
        about: mergeTemplate(name, layers.map(read)).template.about,
        layers: layers.map(({ layer, version }) => ({ layer, version })),
      }));
    },
    versions: async (slot) => [
      ...(await store.versions(slot)),
      ...shipped(slot.name).filter(({ layer }) => layer === slot.layer),
    ],
    save: async (slot, text, reader) => {
      const named = templateName.safeParse(slot.name);
      if (!named.success) {
        throw new DeckhandError(
          'template.invalid',
          `The name "${slot.name}" ${named.error.issues[0]?.message}.`,
          { blame: 'asker' },
        );
      }
      if (text !== null) parseTemplate(text, { layer: slot.layer, version: 1 });
      const version = await store.add(slot, text, reader.userId);
      if (text === null) return { version, notes: [] };
      const { notes } = await resolve(slot.name, reader);
      return { version, notes: notes.filter((note) => note.startsWith(`${slot.layer}:`)) };
    },
    choose: async (place, template, reader) => {
      if (template !== null) await resolve(template, reader);
      await store.choose(place, template, reader.userId);
    },
    choices: (workspaceId) => store.choices(workspaceId),
  };
}

/** A version never changes, so it is read once a process; the few that are in use are kept. */
const readBefore = new Map<string, TemplateVersion>();
const maxKept = 200;

function read({ text, layer, version }: StoredTemplate): TemplateVersion {
  const key = `${layer} ${version} ${text}`;
  const known = readBefore.get(key);
  if (known) return known;
  const found = parseTemplate(text ?? '', { layer, version });
  if (readBefore.size >= maxKept) readBefore.clear();
  readBefore.set(key, found);
  return found;
}

function shipped(name?: string): StoredTemplate[] {
  return [...shippedTemplates]
    .filter(([one]) => name === undefined || one === name)
    .map(([one, text]) => ({
      layer: 'system',
      ownerId: '',
      name: one,
      version: 0,
      text,
      createdBy: '',
      createdAt: null,
    }));
}
