import { numbers } from './numbers.ts';
import { refuse, rules } from './refusals.ts';
import type { Json } from './world.ts';

/** Component types of docs.discord.com/developers/components/reference. */
const type = { row: 1, button: 2, text: 10, container: 17, file: 13, gallery: 12, separator: 14, section: 9 };
export const componentsV2 = 1 << 15;
export const ephemeral = 1 << 6;

export interface Upload {
  name: string;
  type: string;
  bytes: Buffer;
}

/** A message's body as Discord checks it. `edit`: what is left out stays as it was. */
export function checkMessage(body: Json, files: Upload[], { edit = false, flags = 0 } = {}): void {
  const all = flags | Number(body.flags ?? 0);
  const content = String(body.content ?? '');
  if ([...content].length > numbers.contentCharacters.value) refuse(rules.invalidForm, 'content');
  if (typeof body.nonce === 'string' && body.nonce.length > numbers.nonceCharacters.value)
    refuse(rules.invalidForm, 'nonce');
  if (files.length > numbers.files.value) refuse(rules.invalidForm, 'files');
  if (files.some(({ bytes }) => bytes.length > numbers.fileBytes.value)) refuse(rules.tooLarge);
  const components = (body.components ?? []) as Json[];
  if (all & componentsV2) {
    // "Providing `content`, `embeds`, `sticker_ids`, `poll`, … will fail with a 400 BAD REQUEST response."
    if (content || (body.embeds as Json[] | undefined)?.length) refuse(rules.invalidForm, 'content');
  } else {
    if (components.length > numbers.rows.value) refuse(rules.invalidForm, 'components');
    if (components.some((one) => one.type !== type.row)) refuse(rules.invalidForm, 'components');
  }
  checkComponents(components);
  const empty = !content.trim() && components.length === 0 && files.length === 0;
  if (!edit && (empty || (!(all & componentsV2) && !content.trim() && files.length === 0))) {
    refuse(rules.emptyMessage);
  }
}

function checkComponents(components: Json[]): void {
  const found = flatten(components);
  if (found.length > numbers.components.value) refuse(rules.invalidForm, 'components');
  const customIds = found.flatMap(({ custom_id: id }) => (typeof id === 'string' ? [id] : []));
  // "Multiple components on the same message must not share the same `custom_id`."
  if (new Set(customIds).size !== customIds.length) refuse(rules.invalidForm, 'custom_id');
  const ids = found.flatMap(({ id }) => (typeof id === 'number' ? [id] : []));
  // "The `id` must be unique within the message"
  if (new Set(ids).size !== ids.length) refuse(rules.invalidForm, 'id');
  if (ids.some((id) => id < 0 || id > 2 ** 31 - 1)) refuse(rules.invalidForm, 'id');
  if (customIds.some((id) => id.length < 1 || id.length > numbers.customIdCharacters.value))
    refuse(rules.invalidForm, 'custom_id');
  for (const one of found) checkComponent(one);
  const text = found.filter((one) => one.type === type.text).map(({ content }) => String(content ?? ''));
  if (text.some((one) => one.trim() === '')) refuse(rules.invalidForm, 'content');
  if (text.join('').length > numbers.textDisplayCharacters.value) refuse(rules.invalidForm, 'content');
}

function checkComponent(one: Json): void {
  const children = (one.components ?? []) as Json[];
  if (one.type === type.button) {
    if (String(one.label ?? '').length > numbers.labelCharacters.value) refuse(rules.invalidForm, 'label');
    if (!one.label && !one.emoji) refuse(rules.invalidForm, 'label');
    if (one.style !== 5 && typeof one.custom_id !== 'string') refuse(rules.invalidForm, 'custom_id');
  }
  if (one.type === type.row && (children.length === 0 || children.length > numbers.rowButtons.value))
    refuse(rules.invalidForm, 'components');
  if (one.type === type.container && children.length === 0) refuse(rules.invalidForm, 'components');
}

/** A component and all that stand in it. */
export function flatten(components: Json[]): Json[] {
  return components.flatMap((one) => [one, ...flatten((one.components ?? []) as Json[])]);
}

/** Discord numbers the components that have no id. */
export function numbered(components: Json[]): Json[] {
  const copy = structuredClone(components);
  const taken = new Set(flatten(copy).map(({ id }) => id));
  let next = 1;
  for (const one of flatten(copy)) {
    while (taken.has(next)) next += 1;
    if (one.id === undefined) one.id = next++;
  }
  return copy;
}

/** A modal as an interaction's answer. */
export function checkModal(data: Json): void {
  const components = (data.components ?? []) as Json[];
  if (typeof data.custom_id !== 'string' || data.custom_id.length > numbers.customIdCharacters.value)
    refuse(rules.invalidForm, 'custom_id');
  if (!data.title || String(data.title).length > numbers.modalTitleCharacters.value)
    refuse(rules.invalidForm, 'title');
  if (components.length < 1 || components.length > numbers.modalComponents.value)
    refuse(rules.invalidForm, 'components');
}
