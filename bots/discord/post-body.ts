import {
  type APIMessage,
  type APIMessageTopLevelComponent,
  MessageFlags,
  type RawFile,
  type RESTPostAPIChannelMessageJSONBody,
} from 'discord.js';
import type { Blobs } from '#core/files/ports.ts';
import { text } from './render-parts.ts';
import { type DiscordMessage, keyNumber } from './types.ts';

export interface BodyOptions {
  /** Idempotency key to be found again; null: none. */
  key: string | null;
  /** A user to ping. */
  ping: string | null;
  blobs: Blobs;
}

/** A message as Discord takes it. Nothing in it pings anybody but `ping`, whatever the text says. */
export async function bodyOf(
  message: DiscordMessage,
  { key, ping, blobs }: BodyOptions,
): Promise<{ body: RESTPostAPIChannelMessageJSONBody; files: RawFile[] }> {
  const v2 = message.content === undefined && message.components !== undefined;
  const mention = ping ? `<@${ping}>` : '';
  const components = keyed(
    v2 && ping ? [text(mention), ...(message.components ?? [])] : message.components,
    key,
  );
  const flags =
    (v2 ? MessageFlags.IsComponentsV2 : 0) | (message.silent ? MessageFlags.SuppressNotifications : 0);
  const files = await Promise.all(
    (message.files ?? []).map(async ({ name, source }) => ({
      name,
      data: 'text' in source ? Buffer.from(source.text) : Buffer.from(await blobs.get(source.blob)),
    })),
  );
  return {
    body: {
      ...(message.content === undefined ? {} : { content: `${mention} ${message.content}`.trim() }),
      ...(components ? { components } : {}),
      ...(flags === 0 ? {} : { flags }),
      ...(files.length > 0 ? { attachments: files.map(({ name }, id) => ({ id, filename: name })) } : {}),
      allowed_mentions: { parse: [], ...(ping ? { users: [ping] } : {}) },
    },
    files,
  };
}

/** Does this message carry the key? In a button's `custom_id`, or as a component's id. */
export function carries(message: Pick<APIMessage, 'components'>, key: string): boolean {
  const number = keyNumber(key);
  return flat(message.components ?? []).some(
    (one) => one.id === number || ('custom_id' in one && String(one.custom_id).endsWith(`|${key}`)),
  );
}

type Part = { id?: number; custom_id?: string; components?: Part[] };

function flat(components: readonly object[]): Part[] {
  return (components as Part[]).flatMap((one) => [one, ...flat(one.components ?? [])]);
}

function keyed(
  components: APIMessageTopLevelComponent[] | undefined,
  key: string | null,
): APIMessageTopLevelComponent[] | undefined {
  if (!components || key === null) return components;
  const copy = structuredClone(components);
  for (const one of flat(copy)) if (one.custom_id) one.custom_id = `${one.custom_id}|${key}`;
  const [first] = copy;
  if (first) first.id = keyNumber(key);
  return copy;
}
