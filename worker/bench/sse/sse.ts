import { openStage, type Stage } from '#bots/http/testing/stage.ts';
import { until } from '#core/testing/until.ts';
import { settledBytes } from '../memory.ts';
import { type Found, percentile, rounded, told } from '../metric.ts';
import { openReader, type Reader } from './readers.ts';

const readers = 500;
const rounds = 20;
const ofOne = 100;

/**
 * Event streams with many readers: the time from a message that is sent to the event on a reader's wire, and what a
 * reader costs. Server, database's client and readers are one process: what is measured is more than the server.
 */
export async function benchSse(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const stage = await openStage({ after: (release) => void owned.defer(release) }, { worker: false });
  const sessions = await furnish(stage);
  const [one] = sessions;
  if (!one) throw new Error('no session was made');

  say(`${readers} readers of one session`);
  const together = await measure(stage, Array(readers).fill(one), () => one);
  say(`${readers} readers, each of a session of its own`);
  let next = 0;
  const apart = await measure(stage, sessions, () => sessions[next++ % readers] ?? one);

  return [
    heard(`${readers} on one session: event at a reader, p50`, together, 0.5),
    heard(`${readers} on one session: event at a reader, p99`, together, 0.99),
    told({ metric: `${readers} on one session: memory of a reader, both ends`, ...together.kib }),
    heard(`${readers} on different ones: event at its reader, p50`, apart, 0.5),
    heard(`${readers} on different ones: event at its reader, p99`, apart, 0.99),
    told({ metric: `${readers} on different ones: memory of a reader, both ends`, ...apart.kib }),
  ];
}

interface Place {
  session: string;
  thread: string;
}

/** Sessions of several people: one person may not have so many turns waiting. */
async function furnish(stage: Stage): Promise<Place[]> {
  const places: Place[] = [];
  for (let n = 0; places.length < readers; n += 1) {
    const { key } = await stage.addPerson(`Person ${n}`, 'owner');
    for (let more = 0; more < ofOne && places.length < readers; more += 1)
      places.push(await newSession(stage, key));
  }
  return places;
}

async function newSession({ call }: Stage, key: string): Promise<Place> {
  const headers = { authorization: `Bearer ${key}` };
  const { status, body } = await call('POST', '/v1/sessions', { text: 'hello' }, headers);
  if (status !== 200) throw new Error(`no session: ${JSON.stringify(body)}`);
  return { session: body.session.id, thread: body.thread };
}

/** Sends messages one after the other; each reader of the session that is chosen must hear of each. */
async function measure(stage: Stage, places: Place[], choose: () => Place) {
  const before = settledBytes();
  const open = await Promise.all(
    places.map(async ({ session }) => ({
      session,
      reader: await openReader(`${stage.url}/v1/sessions/${session}/stream`, stage.key),
    })),
  );
  await until(async () => (await openStreams(stage)) >= places.length || null, 'all streams to be open');
  const kib = { value: rounded((settledBytes() - before) / places.length / 1024), unit: 'KiB' };
  const times: number[] = [];
  const answered: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const place = choose();
    const mark = `mark-${crypto.randomUUID()}`;
    const hearing = open
      .filter(({ session }) => session === place.session)
      .map(({ reader }) => reader.hears(mark));
    const sent = performance.now();
    await stage.call('POST', `/v1/threads/${place.thread}/messages`, { text: mark });
    answered.push(performance.now() - sent);
    times.push(...(await Promise.all(hearing)).map((at) => at - sent));
  }
  close(open.map(({ reader }) => reader));
  await until(async () => (await openStreams(stage)) === 0 || null, 'all streams to be closed');
  return { times, answered, kib };
}

async function openStreams(stage: Stage): Promise<number> {
  const { body } = await stage.call('GET', '/metrics');
  return Number(/^deckhand_event_streams (\d+)$/m.exec(body)?.[1] ?? Number.NaN);
}

function close(all: Reader[]): void {
  for (const reader of all) reader.close();
}

/** Beside it, as the floor, the time in which the message itself was answered: no event is earlier than its row. */
function heard(metric: string, { times, answered }: { times: number[]; answered: number[] }, share: number) {
  const value = rounded(percentile(times, share));
  return { ...told({ metric, value, unit: 'ms' }), floor: rounded(percentile(answered, share)) };
}
