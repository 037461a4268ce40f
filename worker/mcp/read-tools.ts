import { visible } from '#core/approvals/visible.ts';
import { fingerprint, wellFormedDeep } from '#core/events/canonical.ts';
import type { ListedTool } from '#core/mcp/types.ts';

/** What a server may bring: a list is part of every request to a model. */
export const listLimits = { tools: 128, schemaBytes: 16 * 1024, schemaDepth: 16, descriptionChars: 1000 };

/** Models know tools by such names, `server__` included, of at most 64 characters. */
const nameForm = /^[a-zA-Z0-9_-]{1,42}$/;
const maxNotes = 12;

export interface Listing {
  tools: ListedTool[];
  /** What was left out and why, a line each. */
  notes: string[];
}

/** Reads a server's list, of which nothing is trusted. Pure; what is not sound is left out and told. */
export function readTools(raw: readonly unknown[]): Listing {
  const tools = new Map<string, ListedTool>();
  const notes: string[] = [];
  for (const one of raw) {
    const read = readTool(one);
    if ('fault' in read) notes.push(read.fault);
    else if (tools.has(read.tool.name))
      notes.push(`${shown(read.tool.name)} is listed twice; the first one is taken`);
    else if (tools.size === listLimits.tools) {
      notes.push(`it lists more than ${listLimits.tools} tools; the rest is left out`);
      break;
    } else tools.set(read.tool.name, read.tool);
  }
  const more = notes.length > maxNotes ? [`and ${notes.length - maxNotes} faults more`] : [];
  return { tools: [...tools.values()], notes: [...notes.slice(0, maxNotes), ...more] };
}

function readTool(raw: unknown): { tool: ListedTool } | { fault: string } {
  if (!isRecord(raw) || typeof raw.name !== 'string') return { fault: 'a tool without a name is left out' };
  const {
    name,
    description,
    inputSchema: schema,
    annotations,
  } = wellFormedDeep(raw) as typeof raw & {
    name: string;
  };
  const leftOut = (why: string) => ({ fault: `${shown(name)} is left out: ${why}` });
  if (!nameForm.test(name))
    return leftOut('its name is not made of at most 42 letters, digits, hyphens and underscores');
  if (!isRecord(schema) || schema.type !== 'object')
    return leftOut('its arguments are not described by a schema of an object');
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > listLimits.schemaBytes)
    return leftOut(`its schema has ${bytes} bytes, at most ${listLimits.schemaBytes} are taken`);
  const fault = faultOfSchema(schema, 0);
  if (fault) return leftOut(`its schema is invalid: ${fault}`);
  const hints = isRecord(annotations) ? annotations : {};
  return {
    tool: {
      name,
      description: typeof description === 'string' ? cut(visible(description)) : '',
      parameters: schema,
      readOnly: hints.readOnlyHint === true,
      idempotent: hints.idempotentHint === true,
      print: fingerprint({
        description: description ?? null,
        schema,
        readOnly: hints.readOnlyHint === true,
        idempotent: hints.idempotentHint === true,
      }),
    },
  };
}

const types = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);
/** Keywords whose values are schemas, by name and in a list. */
const schemaMaps = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const schemaLists = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const schemas = new Set(['items', 'additionalProperties', 'not', 'if', 'then', 'else', 'contains']);

/** What providers would refuse the whole request for; a schema's finer points are its server's business. */
function faultOfSchema(schema: unknown, depth: number): string | null {
  if (typeof schema === 'boolean') return null;
  if (!isRecord(schema)) return `${JSON.stringify(schema)?.slice(0, 40)} is no schema`;
  if (depth > listLimits.schemaDepth) return `it is nested more than ${listLimits.schemaDepth} deep`;
  const { type, $ref: reference, required } = schema;
  const named = Array.isArray(type) ? type : type === undefined ? [] : [type];
  const unknown = named.find((one) => typeof one !== 'string' || !types.has(one));
  if (unknown !== undefined) return `there is no type ${shown(String(unknown))}`;
  if (reference !== undefined && !(typeof reference === 'string' && reference.startsWith('#')))
    return 'it refers to something outside of itself';
  if (
    required !== undefined &&
    !(Array.isArray(required) && required.every((one) => typeof one === 'string'))
  )
    return 'required is no list of names';
  for (const [key, value] of Object.entries(schema)) {
    const inside = schemaMaps.has(key)
      ? isRecord(value)
        ? Object.values(value)
        : [null]
      : schemaLists.has(key)
        ? Array.isArray(value)
          ? value
          : [null]
        : schemas.has(key)
          ? [value].flat()
          : [];
    for (const one of inside) {
      const fault = faultOfSchema(one, depth + 1);
      if (fault) return fault;
    }
  }
  return null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(name: string): string {
  return JSON.stringify(visible(name).slice(0, 60).toWellFormed());
}

function cut(text: string): string {
  const { descriptionChars: most } = listLimits;
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()}…`;
}
