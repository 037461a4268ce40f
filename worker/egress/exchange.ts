import { checkedAddresses } from './addresses.ts';
import { Body } from './body.ts';
import type { Caller } from './caller.ts';
import { readHead } from './head.ts';
import { readableAnswer } from './headers.ts';
import type { DoorParts } from './parts.ts';
import type { Ruling } from './ports.ts';
import { answerOf, Refused, refusalOf } from './refused.ts';
import { relay } from './relay.ts';

/** How long a client may go on sending what was refused. */
const lingerMs = 2000;

/** Sees one request through: read strictly, decided, its name resolved, its addresses checked, and only then sent. */
export async function exchange(caller: Caller, door: DoorParts): Promise<void> {
  const { reply } = caller;
  const body = caller.body && new Body(caller.body, () => caller.expectsContinue && reply.writeContinue());
  const gone = new AbortController();
  const leave = () => gone.abort();
  reply.once('close', leave);
  try {
    await door.admit(gone, () => pass(caller, body, door, gone.signal));
    // Every answer closes in the end; making an exception of each would cost more than all of our own steps.
    reply.off('close', leave);
  } catch (error) {
    if (gone.signal.aborted) return;
    if (reply.headersSent) caller.abort();
    else await refuse(caller, body, refusalOf(error)).catch(() => caller.abort());
  }
}

async function pass(caller: Caller, body: Body | null, door: DoorParts, signal: AbortSignal): Promise<void> {
  const { raw, request, headers, upgrade } = readHead(caller.head, caller.passage);
  const bodyStart = async () => (body ? await body.start() : new Uint8Array());
  const ruling = await door.rulings.decide({ raw, request, headers, upgrade, bodyStart, signal });
  if (!ruling.allow) throw new Refused(403, ruling.code, ruling.reason);
  if (signal.aborted) return;
  const addresses = await checkedAddresses(request.host, ruling.opened, door.own(), door.lookup);
  if (signal.aborted) return;
  const bearer = bearerOf(headers, request.query, ruling);
  await relay({
    caller,
    signal,
    request,
    headers: bearer.headers,
    target: request.path + bearer.query,
    body: body?.whole() ?? null,
    upgrade,
    redaction: ruling.redaction,
    upstream: door.upstreams.to(request, addresses),
  });
}

function bearerOf(
  headers: ReadonlyArray<readonly [string, string]>,
  query: string,
  { credential, redaction }: Extract<Ruling, { allow: true }>,
) {
  const bearer = { headers: credential || redaction ? readableAnswer(headers) : headers, query };
  return credential?.putOn(bearer) ?? bearer;
}

/**
 * The answer is whole for the client before the message ends for Node, which would close over an unread body, and a
 * connection closed so resets: the client would not learn why.
 */
async function refuse(caller: Caller, body: Body | null, refused: Refused): Promise<void> {
  const { reply, expectsContinue, passage, head } = caller;
  const { rawHeaders, version } = head;
  const pairs = rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1] ?? ''] as const] : [],
  );
  const answer = answerOf(refused, pairs);
  // A body that was announced and never asked for may come or not; only a new connection is clear about it.
  const last = expectsContinue || passage.kind === 'surplus';
  reply.writeHead(answer.status, {
    ...answer.headers,
    ...(last && version !== '2.0' ? { connection: 'close' } : {}),
  });
  reply.write(answer.body);
  if (!expectsContinue) await body?.discard(lingerMs);
  reply.end();
}
