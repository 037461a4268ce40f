import fc, { type Arbitrary } from 'fast-check';

/** A JSON schema, as far as the API's document uses it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  format?: string;
  pattern?: string;
}

/** What tends to break: bounds, other scripts, markup, paths, SQL, lone surrogates, zero bytes. */
const awkward: Arbitrary<unknown> = fc.constantFrom<unknown>(
  ...[
    null,
    '',
    ' ',
    '\u0000',
    '\ud800',
    '../../etc/passwd',
    '<script>alert(1)</script>',
    "'; DROP TABLE turn; --",
  ],
  ...[
    0,
    -1,
    2 ** 31,
    2 ** 53,
    1e308,
    0.1,
    true,
    false,
    [],
    {},
    [[]],
    '𝔘𝔫𝔦',
    '‮txt',
    'NaN',
    '99999999999999999999',
  ],
  ...['2026-11-21T12:00:00Z', '9999-12-31T23:59:59.999Z', '-000001-01-01T00:00:00Z', '%00', 'x'.repeat(3000)],
);

/** Values that a schema allows, and now and then something else in their place. `known`: ids that exist. */
export function arbitraryOf(
  schema: Schema,
  resolve: (ref: string) => Schema,
  known: readonly string[],
  depth = 0,
): Arbitrary<unknown> {
  return fc.oneof(
    { weight: 12, arbitrary: fitting(schema, resolve, known, depth) },
    { weight: 1, arbitrary: awkward },
  );
}

function fitting(
  schema: Schema,
  resolve: (ref: string) => Schema,
  known: readonly string[],
  depth: number,
): Arbitrary<unknown> {
  if (depth > 5) return awkward;
  const inner = (one: Schema) => arbitraryOf(one, resolve, known, depth + 1);
  if (schema.$ref) return fitting(resolve(schema.$ref), resolve, known, depth + 1);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices?.length) return fc.oneof(...choices.map(inner));
  if (schema.allOf?.length) {
    return fc.tuple(...schema.allOf.map(inner)).map((parts) => Object.assign({}, ...parts.map(asObject)));
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? 'any'];
  return fc.oneof(...types.map((type) => ofType(type, schema, inner, known)));
}

function ofType(
  type: string,
  schema: Schema,
  inner: (one: Schema) => Arbitrary<unknown>,
  known: readonly string[],
): Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return text(schema, known);
    case 'integer':
    case 'number': {
      const min = Math.max(schema.minimum ?? -(2 ** 31), -(2 ** 53));
      const max = Math.min(schema.maximum ?? 2 ** 31, 2 ** 53);
      return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, 0, 1));
    }
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(inner(schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? 4, 6) });
    case 'object': {
      const names = Object.keys(schema.properties ?? {});
      const required = new Set(schema.required ?? []);
      const parts = names.map((name) => {
        const value = inner(schema.properties?.[name] ?? {}).map((found) => [name, found] as const);
        return required.has(name) ? value : fc.option(value, { nil: null });
      });
      return fc.tuple(...parts).map((pairs) => Object.fromEntries(pairs.filter((pair) => pair !== null)));
    }
    default:
      return awkward;
  }
}

function text(schema: Schema, known: readonly string[]): Arbitrary<string> {
  if (schema.format === 'date-time') {
    return fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((date) => date.toISOString());
  }
  const max = Math.min(schema.maxLength ?? 60, 300);
  const words = fc.constantFrom(
    ...known,
    'assistant',
    'UTC',
    'Europe/Berlin',
    'every day at 9:00 look',
    'format: 1\n',
  );
  const any = fc.string({
    unit: 'grapheme',
    minLength: Math.min(schema.minLength ?? 0, max),
    maxLength: max,
  });
  return fc.oneof(words, any, fc.string({ unit: 'binary', maxLength: max }));
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
