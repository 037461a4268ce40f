import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type FaultyLine, openFaultyLine } from '#bots/matrix/testing/faulty-line.ts';
import { Person } from '#bots/matrix/testing/person.ts';
import { encryption, SealedPerson } from '#bots/matrix/testing/sealed-person.ts';
import { bodyOf, openMatrixStage, threadOf } from '#bots/matrix/testing/stage.ts';
import type { Synapse } from '#bots/matrix/testing/synapse.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';

export interface KilledOptions {
  /** Mentions in all. */
  turns: number;
  rooms: number;
  kills: number;
  /** Events that are written while nobody reads, after one of the kills. A sync brings twenty. */
  gap: number;
  /** Are the rooms encrypted? */
  encrypted: boolean;
  /** For each wait, in milliseconds. */
  withinMs: number;
}

/** When it is killed: at any time, with an answer of the homeserver under way, or while that is being committed. */
const moments = ['any', 'answered', 'committing'] as const;
type Moment = (typeof moments)[number];

const mortal = fileURLToPath(import.meta.resolve('#bots/matrix/testing/mortal.ts'));

/**
 * People in several rooms mention a bot whose process is killed again and again. Counts, in the timelines that the
 * homeserver keeps, what became of each mention. @throws {AssertionError} naming what was lost or doubled
 */
export async function askWhileKilled(t: Releases, synapse: Synapse, options: KilledOptions): Promise<string> {
  const { turns, kills, gap, withinMs } = options;
  const line = await openFaultyLine(t, synapse.url);
  const stage = await openMatrixStage(t, { ...synapse, url: line.url });
  const { bot, core } = stage;
  const { encrypted } = options;
  const people: Person[] = [];
  for (let n = 0; n < options.rooms; n += 1) {
    const account = await synapse.account(`p${n}`);
    people.push(encrypted ? await SealedPerson.of(account) : new Person(account));
  }
  const mentions = [bot.userId];
  const bots = keepMortal(t, {
    databaseUrl: core.databaseUrl,
    home: core.home,
    settings: {
      ...{ url: line.url, userId: bot.userId, proof: { accessToken: bot.token } },
      ...{ allow: [], maxFileBytes: 1000, encryptionKey: encrypted ? '5eed'.repeat(16) : null },
    },
  });

  await bots.start();
  const rooms: { person: Person; room: string }[] = [];
  const beginning = encrypted ? { initial_state: [encryption] } : {};
  for (const person of people) rooms.push({ person, room: await stage.roomWith(person, beginning) });
  const asked = new Map<string, string>();
  const ask = async (index: number, n: number) => {
    const { person, room } = rooms[index % rooms.length] as (typeof rooms)[number];
    const text = `${index}-${n}`;
    asked.set(await person.say(room, `say ${text}`, { mentions }), text);
  };
  // Each life of the process gets its share of the questions, so that every kill finds some under way.
  for (let life = 0; life < kills; life += 1) {
    const reached = momentOf(moments[life % moments.length] ?? 'any', line);
    const share = Math.floor(((life + 1) * turns) / kills) - Math.floor((life * turns) / kills);
    const asking = Promise.all(Array.from({ length: share }, (_, n) => ask(n, life)));
    await reached;
    await bots.kill();
    await asking;
    if (life === Math.floor(kills / 2)) {
      const { person, room } = rooms[0] as (typeof rooms)[number];
      for (let talk = 0; talk < gap; talk += 1) {
        const words = { msgtype: 'm.notice', body: `talk ${talk}` };
        await person.send(room, 'm.room.message', words);
      }
    }
    await bots.start();
  }
  assert.equal(asked.size, turns);
  await until(
    async () => {
      const { rows } = await core.database.pool.query(
        `SELECT (SELECT count(*) FROM turn WHERE state = 'succeeded') = $1
           AND NOT EXISTS (SELECT 1 FROM session WHERE shown_seq < head_seq) AS done`,
        [turns],
      );
      return rows[0].done || null;
    },
    'every turn to be done and shown',
    withinMs,
  );
  // What would be doubled comes before the answer to what is asked after it.
  await Promise.all(rooms.map((_, room) => ask(room, kills)));

  const answers = () => answersIn(rooms, bot.userId);
  const counted = await until(
    async () => {
      const found = await answers();
      return found.size >= asked.size ? found : null;
    },
    'an answer in each thread',
    withinMs,
  );
  const wrong = [...asked].flatMap(([id, text]) => {
    const said = counted.get(id) ?? [];
    return said.length === 1 && said[0] === text ? [] : [{ text, said }];
  });
  assert.deepEqual(wrong, []);
  assert.equal(counted.size, asked.size, 'no thread has an answer that nobody asked for');
  const { rows } = await core.database.pool.query('SELECT count(*)::int AS n FROM turn');
  assert.equal(rows[0].n, asked.size);
  return `${asked.size} mentions in ${rooms.length} ${encrypted ? 'encrypted' : 'plain'} rooms, ${kills} kills, a gap of ${gap} events: 0 lost, 0 doubled`;
}

/** The process that reads and answers, one at a time. */
function keepMortal(t: Releases, facts: object) {
  let living: ChildProcess | null = null;
  const kill = async () => {
    const child = living;
    living = null;
    child?.kill('SIGKILL');
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  t.after(kill);
  return {
    kill,
    start: async () => {
      const child = spawn(process.execPath, [mortal, JSON.stringify(facts)], {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      });
      living = child;
      const ended = once(child, 'exit').then(() => {
        throw new Error('the process that is to be killed ended by itself');
      });
      await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data'), ended]);
      ended.catch(() => {});
    },
  };
}

/** Answers by the thread they stand in. Progress is an `m.notice`: a turn that a crash delays has some. */
async function answersIn(
  rooms: { person: Person; room: string }[],
  bot: string,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const { person, room } of rooms) {
    for (const event of await person.saidBy(room, bot)) {
      const thread = threadOf(event);
      if (!thread || event.content.msgtype !== 'm.text') continue;
      // What was asked while nobody was there begins with a line that says so.
      const words = bodyOf(event).replace(/^\(asked [^)]*\)\n\n/, '');
      found.set(thread, [...(found.get(thread) ?? []), words.split('\n')[0] ?? '']);
    }
  }
  return found;
}

/** Resolves when it is to be killed. */
async function momentOf(moment: Moment, line: FaultyLine): Promise<void> {
  if (moment === 'any') return sleep(Math.random() * 700);
  await new Promise<void>((resolve) => {
    line.onSync = (batch) => {
      if (!batch.rooms?.join) return;
      line.onSync = null;
      resolve();
    };
  });
  // The answer leaves now, and is committed within some milliseconds.
  if (moment === 'committing') await sleep(Math.random() * 60);
}
