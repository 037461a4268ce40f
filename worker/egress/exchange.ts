import { checkedAddresses } from './addresses.ts';
import { Body } from './body.ts';
import type { Caller } from './caller.ts';
import { type Passage, readHead } from './head.ts';
import { readableAnswer } from './headers.ts';
import type { DoorParts } from './parts.ts';
import type { Ended, Ruling, Traffic } from './ports.ts';
import { answerOf, Refused, refusalOf, unheard } from './refused.ts';
import { relay } from './relay.ts';

/** How long a client may go on sending what was refused. */
const lingerMs = 2000;

/** What is known of a request so far, for its witness. */
interface Course {
  request: Ended['request'];
  ruling: Ruling | null;
  secret: string | null;
  traffic: Traffic;
}

/** Sees one request through: read strictly, decided, its name resolved, its addresses checked, and only then sent. */
export async function exchange(caller: Caller, door: DoorParts): Promise<void> {
  const { reply } = caller;
  const course: Course = {
    request: null,
    ruling: null,
    secret: null,
    traffic: { status: null, sent: 0, received: 0 },
  };
  const begun = performance.now();
  caller.passage.visit.asked = true;
  const tell = (fault: Ended['fault']) =>
    door.witness.ended({ ...course, fault, ms: Math.round(performance.now() - begun) });
  const body = caller.body && new Body(caller.body, () => caller.expectsContinue && reply.writeContinue());
  const gone = new AbortController();
  const leave = () => gone.abort();
  reply.once('close', leave);
  try {
    const worker = isWorker(caller.passage);
    const passed = await door.admit(gone, worker, () => pass(caller, body, door, gone.signal, course));
    // Every answer closes in the end; making an exception of each would cost more than all of our own steps.
    reply.off('close', leave);
    // What is upgraded has only begun; it is told of when it ends.
    if (!passed) door.share.charge();
    if (!caller.upgrade) void tell(passed ? null : givenUp);
  } catch (error) {
    if (body) course.traffic.sent = body.taken;
    const begunFor = course.ruling?.allow === true && gone.signal.aborted;
    if (!begunFor) door.share.charge();
    if (error === unheard) return caller.abort();
    if (gone.signal.aborted) return void tell(begunFor ? brokenOff : givenUp);
    const refused = refusalOf(error);
    if (!reply.headersSent) course.traffic.status = refused.status;
    const told = tell({ refused: refused.status < 500, code: refused.code, reason: refused.message });
    if (reply.headersSent) return caller.abort();
    await told.then(() => refuse(caller, body, refused)).catch(() => caller.abort());
  }
}

function isWorker(passage: Passage): boolean {
  if (passage.kind === 'tunnel') return passage.claim !== null;
  return passage.kind === 'door' && passage.worker;
}

const brokenOff = { refused: false, code: 'broken_off', reason: 'the client went away, or its turn ended' };

/** Nothing of it has left: it must not count as a request that went out. */
const givenUp = {
  refused: true,
  code: 'given_up',
  reason: 'the client went away, or its turn ended, before it was decided',
};

/** False: nobody waited for it any more before it was sent. */
async function pass(
  caller: Caller,
  body: Body | null,
  door: DoorParts,
  signal: AbortSignal,
  course: Course,
): Promise<boolean> {
  const { raw, request, headers, upgrade } = readHead(caller.head, caller.passage);
  course.request = request;
  const bodyStart = async () => (body ? await body.start() : new Uint8Array());
  const ruling = await door.rulings.decide({
    raw,
    request,
    headers,
    upgrade,
    claim: caller.passage.kind === 'tunnel' ? caller.passage.claim : null,
    bodyStart,
    signal,
  });
  course.ruling = ruling;
  if (!ruling.allow) throw new Refused(403, ruling.code, ruling.reason);
  if (signal.aborted) return false;
  const addresses = await checkedAddresses(request.host, ruling.opened, door.own(), door.lookup);
  if (signal.aborted) return false;
  const bearer = bearerOf(headers, request.query, ruling);
  course.secret = ruling.secret ?? null;
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
    traffic: course.traffic,
    onRefused: () => ruling.credential?.refused(),
    onUpgradeEnd: (ms) => void door.witness.ended({ ...course, fault: null, ms }),
  });
  course.traffic.sent = body?.taken ?? 0;
  return true;
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
