import { readFileSync } from 'node:fs';
import { DeckhandError, messageOf } from '#core/errors.ts';
import type { TemplateLayer } from '#core/templates/document.ts';
import { mergeTemplate } from '#core/templates/merge.ts';
import { parseTemplate } from '#core/templates/parse.ts';
import type { TemplateEntry } from '#core/templates/ports.ts';
import type { Client } from './client.ts';
import type { Terminal } from './terminal.ts';

/** Reads a template's file and says whether it is sound; works without a running Deckhand. */
export function checkTemplate(file: string, layer: TemplateLayer, terminal: Terminal): void {
  const version = parseTemplate(read(file), { layer, version: 0 });
  const { template } = mergeTemplate(file, [version]);
  terminal.print(`✓ ${file}: ${template.about || 'a sound template'}`);
}

/** Prints the templates that there are for you. */
export async function listTemplates(client: Client, json: boolean, terminal: Terminal): Promise<void> {
  const { templates } = await client.get<{ templates: TemplateEntry[] }>('/v1/templates');
  if (json) return terminal.print(JSON.stringify(templates));
  for (const { name, about, layers } of templates) {
    const from = layers.map((one) => `${one.layer} ${one.version}`).join(', ');
    terminal.print(`${name.padEnd(16)}  ${about}  (${from})`);
  }
}

/** Prints a template as your turns get it. */
export async function showTemplate(client: Client, name: string, terminal: Terminal): Promise<void> {
  const shown = await client.get<{ template: unknown; notes: string[] }>(
    `/v1/templates/${encodeURIComponent(name)}`,
  );
  terminal.print(JSON.stringify(shown.template, null, 2));
  for (const note of shown.notes) terminal.progress(note);
}

/** Saves a file as the next version of a layer's template. */
export async function saveTemplate(
  client: Client,
  name: string,
  file: string,
  layer: TemplateLayer,
  terminal: Terminal,
): Promise<void> {
  const saved = await client.send<{ version: number; notes: string[] }>(
    'PUT',
    `/v1/templates/${encodeURIComponent(name)}`,
    { layer, text: read(file) },
  );
  terminal.print(`Saved ${name} (${layer} ${saved.version}). Turns that start from now on get it.`);
  for (const note of saved.notes) terminal.progress(note);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new DeckhandError('template.no_file', `${file} cannot be read: ${messageOf(error)}`, {
      blame: 'asker',
    });
  }
}
