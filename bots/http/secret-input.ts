import { z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import { secretBindings, type WrittenBindings } from '#core/secrets/binding-text.ts';
import type { NewSecret } from '#core/secrets/enter-secrets.ts';
import { parseEnvPaste } from '#core/secrets/env-paste.ts';
import { type PresetId, presetBindings, presetFor, presetIds, presets } from '#core/secrets/presets.ts';
import { faultOfValue } from '#core/secrets/value.ts';

/** What people send when they enter secrets. Messages about it never hold any of a value. */

const Where = z
  .union([
    z.strictObject({
      preset: z.enum(presetIds),
      host: z.string().max(300).optional(),
      write: z.boolean().default(false),
    }),
    z.strictObject({
      bindings: z
        .array(z.looseObject({}))
        .describe('Each: hosts, put, and optionally methods, ports, paths, http.'),
    }),
  ])
  .openapi('SecretWhere');

const Name = z.string().max(200);

/** One by one, or a pasted `.env` with where each of its names may go; names that are left out are not stored. */
export const SecretInput = z
  .union([
    z.strictObject({
      secrets: z.array(z.strictObject({ name: Name, value: z.string().max(10_000), where: Where })).max(200),
    }),
    z.strictObject({ paste: z.string().max(200_000), where: z.record(Name, Where) }),
  ])
  .openapi('SecretInput');

/** @throws {DeckhandError} `env_invalid`, `secret_invalid` */
export function newSecrets(input: z.output<typeof SecretInput>): NewSecret[] {
  if ('secrets' in input) {
    return input.secrets.map(({ name, value, where }) => ({
      name,
      value,
      bindings: bindingsOf(name, where),
    }));
  }
  return parseEnvPaste(input.paste).flatMap(({ name, value }) => {
    const where = Object.hasOwn(input.where, name) ? input.where[name] : undefined;
    return where ? [{ name, value, bindings: bindingsOf(name, where) }] : [];
  });
}

/** @throws {DeckhandError} `secret_invalid`: what is wrong with the places of which secret */
function bindingsOf(name: string, where: z.output<typeof Where>): WrittenBindings {
  const written = 'bindings' in where ? where.bindings : byPreset(where);
  const [fault] = secretBindings.safeParse(written).error?.issues ?? [];
  if (!fault) return written as WrittenBindings;
  const part = fault.path.findLast((step) => typeof step === 'string');
  throw new DeckhandError(
    'secret_invalid',
    `Nothing was stored. Where ${name} may go: ${part === undefined ? '' : `${String(part)} `}${fault.message}.`,
    { blame: 'asker' },
  );
}

function byPreset({ preset, host, write }: { preset: PresetId; host?: string | undefined; write: boolean }) {
  return presetBindings(preset, host || (presets.find(({ id }) => id === preset)?.host ?? ''), write);
}

export const Preview = z
  .object({
    names: z.array(
      z.object({
        name: z.string(),
        line: z.number().int(),
        preset: z.enum(presetIds).nullable().describe('What it most likely is, by its name.'),
        fault: z
          .string()
          .nullable()
          .describe('Why its value cannot be a secret, in words that follow “its value”.'),
      }),
    ),
  })
  .openapi('SecretPreview');

/** The names in a pasted `.env`. @throws {DeckhandError} `env_invalid` */
export function previewPaste(text: string): z.infer<typeof Preview> {
  const names = parseEnvPaste(text).map(({ name, line, value }) => ({
    name,
    line,
    preset: presetFor(name),
    fault: faultOfValue(value) ?? null,
  }));
  return { names };
}

export const Presets = z.array(
  z.object({ id: z.enum(presetIds), label: z.string(), host: z.string(), says: z.string() }),
);
