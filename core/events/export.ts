import { z } from 'zod';
import { DeckhandError } from '#core/errors.ts';
import type { EgressRow } from './egress-entry.ts';
import { type LogRow, payloadsOf } from './log-row.ts';
import type { Head } from './verify.ts';
import { sealOf } from './verify-egress.ts';

/** A session's log in a file: what `verify` and `replay` need when no database is at hand. */
export interface LogExport {
  sessionId: string;
  /** The head that the database gave when it was written; a cut tail shows against it. */
  head: Head;
  rows: LogRow[];
  /** Egress's own log, as far as the session's log has sealed it. */
  egress: EgressRow[];
  /** Large payloads by their hash. */
  payloads: Map<string, Uint8Array>;
}

const header = z.object({
  kind: z.literal('deckhand.log'),
  version: z.literal(1),
  session: z.string(),
  head: z.object({ seq: z.number().int().min(0), hash: z.string() }),
});
const text = z.string();
const row = z.object({
  kind: z.literal('row'),
  row: z.object({
    sessionId: text,
    seq: z.number().int(),
    turnId: text.nullable(),
    epoch: z.number().int().nullable(),
    type: text,
    key: text.nullable(),
    body: text,
    contentHash: text,
    prevHash: text,
    hash: text,
    keyId: text.nullable(),
    signature: text.nullable(),
    at: text,
  }),
});
const payload = z.object({ kind: z.literal('payload'), hash: text, base64: text });
const egress = z.object({
  kind: z.literal('egress'),
  row: z.object({
    sessionId: text,
    n: z.number().int(),
    turnId: text.nullable(),
    body: text,
    prevHash: text,
    hash: text,
  }),
});
const line = z.union([row, payload, egress]);

/** The lines of an export (JSON Lines): header, rows in order, payloads that rows name. */
export async function* exportLines(
  sessionId: string,
  head: Head,
  readRows: (after: number) => Promise<LogRow[]>,
  readPayload: (hash: string) => Promise<Uint8Array>,
  readEgress: (after: number) => Promise<EgressRow[]> = async () => [],
): AsyncGenerator<string> {
  yield JSON.stringify({ kind: 'deckhand.log', version: 1, session: sessionId, head } satisfies z.infer<
    typeof header
  >);
  const named = new Set<string>();
  let sealed = 0;
  let after = 0;
  while (after < head.seq) {
    const rows = (await readRows(after)).filter((each) => each.seq <= head.seq);
    if (rows.length === 0) break;
    for (const each of rows) {
      for (const hash of payloadsOf(each)) named.add(hash);
      sealed = sealOf(each)?.to ?? sealed;
      yield JSON.stringify({ kind: 'row', row: each });
    }
    after = rows.at(-1)?.seq ?? head.seq;
  }
  for (let known = 0; known < sealed; ) {
    const entries = (await readEgress(known)).filter(({ n }) => n <= sealed);
    if (entries.length === 0) break;
    for (const each of entries) yield JSON.stringify({ kind: 'egress', row: each });
    known = entries.at(-1)?.n ?? sealed;
  }
  for (const hash of named) {
    yield JSON.stringify({
      kind: 'payload',
      hash,
      base64: Buffer.from(await readPayload(hash)).toString('base64'),
    });
  }
}

/** @throws {DeckhandError} `export.unreadable`, naming the line. */
export function readExport(content: string): LogExport {
  const lines = content.split('\n').filter((each) => each !== '');
  const { session, head } = parse(header, lines[0] ?? '', 1);
  const result: LogExport = { sessionId: session, head, rows: [], egress: [], payloads: new Map() };
  for (const [place, each] of lines.slice(1).entries()) {
    const parsed = parse(line, each, place + 2);
    if (parsed.kind === 'payload') addPayload(result.payloads, parsed, place + 2);
    else if (result.payloads.size > 0) throw unreadable(place + 2, 'a row stands behind the payloads');
    else if (parsed.kind === 'egress') result.egress.push(parsed.row);
    else if (result.egress.length > 0) throw unreadable(place + 2, "a row stands behind egress's log");
    else result.rows.push(parsed.row);
  }
  return result;
}

function addPayload(
  payloads: Map<string, Uint8Array>,
  { hash, base64 }: z.infer<typeof payload>,
  number: number,
): void {
  const content = Buffer.from(base64, 'base64');
  if (content.toString('base64') !== base64) throw unreadable(number, 'its content is not base64');
  if (payloads.has(hash)) throw unreadable(number, `the payload ${hash} stands there twice`);
  payloads.set(hash, content);
}

function parse<T extends z.ZodType>(schema: T, source: string, number: number): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw unreadable(number, 'it is not JSON', cause);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw unreadable(number, z.prettifyError(parsed.error));
  return parsed.data;
}

function unreadable(number: number, why: string, cause?: unknown): DeckhandError {
  return new DeckhandError('export.unreadable', `Line ${number} is no line of an exported log: ${why}`, {
    cause,
  });
}
