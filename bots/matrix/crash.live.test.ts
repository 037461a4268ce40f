import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFaultyLine } from './testing/faulty-line.ts';
import { bodyOf, openMatrixStage, threadOf } from './testing/stage.ts';
import { startSynapse } from './testing/synapse.ts';

const synapse = await startSynapse({ after });
const mortal = join(import.meta.dirname, 'testing/mortal.ts');
const roomCount = 4;
const turns = 200;
const kills = 5;
const withinMs = 110_000;

test('I1, I4: killed at random during 200 turns, between an answer and its commit, and over a gap: each is answered once', async (t) => {
  const line = await openFaultyLine(t, synapse.url);
  const stage = await openMatrixStage(t, { ...synapse, url: line.url });
  const { bot, core } = stage;
  const people = await Promise.all(Array.from({ length: roomCount }, (_, n) => synapse.person(`p${n}`)));
  const settings = {
    ...{ url: line.url, userId: bot.userId, proof: { accessToken: bot.token } },
    ...{ allow: [], maxFileBytes: 1000 },
  };
  const { databaseUrl, home } = core;
  let living: ChildProcess | null = null;
  const start = async (): Promise<ChildProcess> => {
    const args = [mortal, JSON.stringify({ databaseUrl, home, settings })];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    living = child;
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    return child;
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  t.after(async () => {
    if (living) await kill(living);
  });

  let child = await start();
  const rooms = await Promise.all(people.map((person) => stage.roomWith(person)));
  const asked = new Map<string, { room: number; text: string }>();
  const asking = Promise.all(
    people.map(async (person, room) => {
      for (let n = 0; n < turns / roomCount; n += 1) {
        const text = `${room}-${n}`;
        asked.set(await person.say(rooms[room] as string, `say ${text}`, { mentions: [bot.userId] }), {
          room,
          text,
        });
      }
    }),
  );
  for (let n = 0; n < kills; n += 1) {
    if (n % 2 === 0) await sleep(Math.random() * 700);
    else await answerWithNews(line);
    await kill(child);
    // While nobody reads a gap grows that is longer than what a sync brings.
    if (n === 2) {
      for (let talk = 0; talk < 200; talk += 1) {
        await people[0]?.send(rooms[0] as string, 'm.room.message', {
          msgtype: 'm.notice',
          body: `talk ${talk}`,
        });
      }
    }
    child = await start();
  }
  await asking;

  const counted = await waitFor(async () => {
    const found = new Map<string, string[]>();
    for (const [index, room] of rooms.entries()) {
      for (const event of (await people[index]?.saidBy(room, bot.userId)) ?? []) {
        const thread = threadOf(event);
        // Progress is an `m.notice`: a turn that a crash delays has some.
        if (thread && event.content.msgtype === 'm.text')
          found.set(thread, [...(found.get(thread) ?? []), bodyOf(event).split('\n')[0] ?? '']);
      }
    }
    return found.size >= turns ? found : null;
  });
  // Nothing more comes: what was doubled would be there now, or with the next showing of a thread.
  await sleep(2_000);
  const wrong = [...asked].filter(([id, { text }]) => {
    const answers = counted.get(id) ?? [];
    return answers.length !== 1 || answers[0] !== text;
  });
  assert.deepEqual(wrong, []);
  assert.equal(asked.size, turns);
  const { rows } = await core.database.pool.query('SELECT count(*)::int AS n FROM turn');
  assert.equal(rows[0].n, turns);
});

/** Resolves when an answer with messages has left the homeserver and not yet been taken. */
function answerWithNews(line: { onSync: unknown }): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 3_000);
    line.onSync = (batch: { rooms?: { join?: object } }) => {
      if (!batch.rooms?.join) return;
      line.onSync = null;
      clearTimeout(timer);
      resolve();
    };
  });
}

async function waitFor<T>(ask: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) throw new Error('not all was answered in time');
    await sleep(500);
  }
}
