import type { ApprovalRequest } from '#core/approvals/types.ts';
import { canonical } from './canonical.ts';
import type { EgressEntry } from './egress-entry.ts';
import type { Fault } from './fault.ts';
import type { ErasedRow, LogRow } from './log-row.ts';
import type { EventBodies, EventType, Harness } from './types.ts';

/** Stands where a person's words stood. */
export const erasedText = '[erased]';

/** Whose data goes: words under their name that others quoted go too. */
export interface ErasedPerson {
  userId: string;
  names: readonly string[];
}

/** How a row has to do with them: `own` turn; `told`: somebody else's turn that was told their words; `named` at most. */
export type ErasedShare = 'own' | 'told' | 'named';

type Left = { [T in EventType]: (body: EventBodies[T]) => EventBodies[T] };

const same = <T>(body: T): T => body;

/** What is left of each type of event in a turn of theirs: numbers, states, ids and hashes, so that the log still adds up. */
const ownLeft: Left = {
  'turn.submitted': ({ author, platform, eventId, sentAt }) => ({
    ...{ author, text: erasedText, files: [], platform, eventId, sentAt },
  }),
  // Platforms tell the name of whoever edits: their own message, as nobody else can.
  'turn.edited': () => ({ text: erasedText, by: erasedText }),
  'turn.moved': same,
  'turn.cancelled': same,
  'turn.stop_requested': same,
  'turn.steer_asked': same,
  'turn.steered': ({ by, from }) => ({ by, from, text: erasedText, files: [] }),
  'turn.started': ({ harness, worker }) => ({ harness: bare(harness), worker }),
  'turn.resumed': same,
  'effect.intent': (body) => ({ ...body, title: erasedText, request: { erased: true } }),
  'effect.receipt': (body) => ({ ...body, result: { erased: true } }),
  'harness.changed': ({ harness }) => ({ harness: bare(harness) }),
  'harness.diverged': same,
  'approval.opened': (body) => ({ ...body, request: bareRequest(body.request) }),
  'approval.grown': (body) => ({ ...body, request: bareRequest(body.request) }),
  'approval.decided': same,
  'turn.returned': same,
  'egress.intent': (body) => ({ ...body, url: erasedText, secret: null }),
  'egress.alarm': (body) => ({ ...body, host: erasedText, secret: null }),
  'egress.sealed': (body) => ({ ...body, hosts: [], secrets: [] }),
  'turn.waiting': same,
  'workspace.lost': same,
  'file.sent': ({ file }) => ({ file: { ...file, name: erasedText, blob: '' } }),
  'turn.finished': (body) => ({
    ...{ ...body, answer: erasedText },
    error: body.error && { ...body.error, message: erasedText },
  }),
  'turn.sealed': same,
  'post.intent': same,
  'post.receipt': same,
  'data.erased': same,
};

/** Other people's turns keep their words; what was told to their models held those of everybody in the thread. */
const toldLeft: Partial<Left> = {
  'effect.intent': (body) => (tellsAll(body.kind) ? { ...body, request: { erased: true } } : body),
  'effect.receipt': (body) => (body.kind === 'summary' ? { ...body, result: { erased: true } } : body),
};

const tellsAll = (kind: string): boolean => kind === 'model' || kind === 'summary';

/** A row's body, canonical, without the person. The same body: nothing of them was in it. */
export function erasedBody(
  row: Pick<LogRow, 'type' | 'body'>,
  person: ErasedPerson,
  share: ErasedShare,
): string {
  const body = JSON.parse(row.body) as object;
  const table: Partial<Record<string, (body: never) => object>> =
    share === 'own' ? ownLeft : share === 'told' ? toldLeft : {};
  // A type of another version in a turn of theirs: nobody knows what of it are their words.
  const unknown = share === 'own' && !(row.type in ownLeft);
  const left = unknown ? {} : (table[row.type]?.(body as never) ?? body);
  return canonical(withoutName(unquoted(left, person), person.userId));
}

/** An entry of egress's log, canonical, without where it went. */
export function erasedEntry(body: string): string {
  const entry = JSON.parse(body) as EgressEntry;
  const gone = { host: erasedText, path: erasedText, rule: erasedText, reason: null, secret: null };
  return canonical({ ...entry, ...gone });
}

/** What the signed `data.erased` events of a log say of its rows: the last word on each. Trusted once the log is verified. */
export function erasuresIn(
  rows: readonly Pick<LogRow, 'seq' | 'type' | 'body'>[],
  of: 'rows' | 'egress',
): ReadonlyMap<number, ErasedRow> {
  const erased = new Map<number, ErasedRow>();
  for (const { seq, type, body } of rows) {
    if (type !== 'data.erased') continue;
    for (const row of listIn(body)[of] ?? []) if (of === 'egress' || row.n < seq) erased.set(row.n, row);
  }
  return erased;
}

/**
 * Does a row say what its chain says it does: all that it said, or what an erasure left of it? `whole` is its content hash
 * by the chain, `now` that of what it says.
 */
export function standsAsSaid(whole: string, now: string, erased: ErasedRow | undefined): boolean {
  return erased ? erased.was === whole && erased.is === now : whole === now;
}

/** A payload is only missing where an erasure took it. */
export function checkErasedPayload(row: LogRow, erased: ReadonlyMap<number, ErasedRow>): Fault | null {
  // Before anything is parsed: a log is long, and few rows speak of this.
  if (!row.body.includes('"erased":true') || erased.has(row.seq)) return null;
  const { request, result } = JSON.parse(row.body) as Partial<Record<'request' | 'result', object>>;
  if (![request, result].some((one) => one && 'erased' in one)) return null;
  const message = `row ${row.seq} says that it was erased, and no signed event does`;
  return { seq: row.seq, code: 'erased', message };
}

/** A body that cannot be read is found out with its own row. */
function listIn(body: string): Partial<EventBodies['data.erased']> {
  try {
    return (JSON.parse(body) ?? {}) as EventBodies['data.erased'];
  } catch {
    return {};
  }
}

function bare({ version, clock, template, model, maxSteps, contextSeq }: Harness): Harness {
  const words = { instructions: erasedText, settings: {}, tools: [] };
  return { version, clock, template, model, maxSteps, contextSeq, ...words };
}

function bareRequest({ kind }: ApprovalRequest): ApprovalRequest {
  return { kind, title: erasedText, subject: erasedText, why: null };
}

function unquoted(body: object, { names }: ErasedPerson): object {
  if (!('quoted' in body) || !Array.isArray(body.quoted)) return body;
  const quoted = body.quoted.filter(({ name }: { name: string }) => !names.includes(name));
  return { ...body, quoted };
}

/** Wherever they are named together with their id. */
function withoutName(value: unknown, userId: string): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutName(one, userId));
  if (value === null || typeof value !== 'object') return value;
  const named = 'userId' in value && value.userId === userId && 'name' in value;
  const pairs = Object.entries(value).map(([key, one]) => [key, withoutName(one, userId)]);
  return { ...Object.fromEntries(pairs), ...(named ? { name: erasedText } : {}) };
}
