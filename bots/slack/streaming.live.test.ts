import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '#bots/http/testing/scripted-worker.ts';
import { TurnJournal } from '#core/events/journal.ts';
import type { Place, SeenPost } from '#core/testing/chat-contract/stage.ts';
import { answers, isAnswer, postWith, restart, settled } from '#core/testing/chat-contract/watch.ts';
import { finishWell, newWorker } from '#core/testing/core.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { openSlackStage, type SlackStage } from './testing/stage.ts';

interface Turn {
  /** The model writes on; `key` and `attempt` say which of its calls does. */
  write(text: string, key?: string, attempt?: number): void;
  finish(answer: string): Promise<void>;
}

interface Writing extends Turn {
  stage: SlackStage;
  asked: Place;
  /** Asks once more in the same thread. */
  ask(text: string): Promise<Turn>;
  posts(): Promise<SeenPost[]>;
  outcomes(method: string): string[];
}

/** A question whose answer the test writes itself; it was begun so long ago. */
async function writing(t: Releases, { sinceMs = 0 } = {}): Promise<Writing> {
  const stage = await openSlackStage(t, 'socket', { worker: false, streamAfterMs: 0 });
  const { core, twin } = stage;
  const ana = await stage.person('ana');
  const worker = await newWorker(core);

  async function begin(): Promise<Turn> {
    const claim = await until(() => core.claims.claim(worker), 'the turn');
    const { sessionId, turnId } = claim;
    const now = () => new Date(Date.now() - sinceMs);
    const journal = new TurnJournal(claim, [], { ...core, payloads: core.blobs, now });
    await journal.append('turn.started', { harness, worker });
    core.live.publish({ kind: 'events', sessionId });
    return {
      write: (text, key = 'model:0', attempt = 1) =>
        core.live.publish({ kind: 'answer', sessionId, turnId, key, attempt, text }),
      finish: async (answer) => {
        await finishWell(core, claim, answer);
        core.live.publish({ kind: 'events', sessionId });
      },
    };
  }

  const asked = await ana.mention('tell me');
  return {
    ...(await begin()),
    ...{ stage, asked },
    ask: async (text) => {
      await ana.reply(asked, text);
      return begin();
    },
    posts: () => stage.posts(asked),
    outcomes: (method) => twin.look.calls(method).map(({ outcome }) => outcome),
  };
}

/** Once all is quiet there is one answer with these words, and so many posts in all. */
async function onlyAnswer({ stage, asked, posts }: Writing, words: string, inAll = 1): Promise<SeenPost> {
  await postWith(stage, asked, '⚓');
  await settled(stage);
  const all = await until(async () => {
    const found = await posts();
    return found.length === inAll ? found : null;
  }, `${inAll} posts`);
  const [answer, ...more] = all.filter(isAnswer);
  assert.ok(answer);
  assert.deepEqual(more, []);
  assert.equal(
    all
      .map(({ text }) => text)
      .join()
      .split(words).length,
    2,
    answer.text,
  );
  return answer;
}

test('a short answer is seen while it is written, and the same post becomes the answer', async (t) => {
  const turn = await writing(lastFirst(t));
  turn.write('Three backups failed ');
  const begun = await postWith(turn.stage, turn.asked, 'Three backups failed');
  assert.ok(!isAnswer(begun));
  turn.write('last <!here> night: db-2.');
  await until(async () => (turn.outcomes('chat.appendStream').includes('ok') ? true : null), 'more words');
  await turn.finish('Three backups failed last <!here> night: db-2.');
  const answer = await onlyAnswer(turn, 'Three backups failed');
  assert.equal(answer.id, begun.id);
  assert.match(answer.text, /night: db-2\.\n/);
  assert.doesNotMatch(answer.text, /<!here>/);
  assert.ok(answer.buttons.includes('Receipt'));
  assert.equal(turn.stage.twin.look.calls('chat.postMessage').length, 0);
  const { rows } = await turn.stage.core.database.pool.query('SELECT platform_id FROM post');
  assert.deepEqual(rows, [{ platform_id: answer.id }]);
});

test('I1: what cannot be the beginning of the answer is taken away: another call, another attempt, another end', async (t) => {
  const turn = await writing(lastFirst(t));
  turn.write('Let me look at that first. ');
  await postWith(turn.stage, turn.asked, 'Let me look');
  turn.write('It is the disk. And ', 'model:1');
  await turn.finish('It is the disk.');
  await onlyAnswer(turn, 'It is the disk.');
  assert.ok(turn.outcomes('chat.delete').includes('ok'));
});

test('I1: Slack ends a stream after five minutes; the answer is posted anew, whole', async (t) => {
  const turn = await writing(lastFirst(t));
  turn.write('The beginning of it ');
  await postWith(turn.stage, turn.asked, 'The beginning');
  await turn.stage.twin.clock.advance(301_000);
  turn.write('and the middle ');
  await until(
    async () => (turn.outcomes('chat.appendStream').includes('message_not_in_streaming_state') ? true : null),
    'a refused append',
  );
  await turn.finish('The beginning of it and the middle and the end.');
  const answer = await onlyAnswer(turn, 'The beginning of it');
  assert.match(answer.text, /and the end\./);
});

test('an answer that took more than a minute mentions its asker in a post of its own', async (t) => {
  const turn = await writing(lastFirst(t), { sinceMs: 61_000 });
  turn.write('At last it ');
  await postWith(turn.stage, turn.asked, 'At last');
  await turn.finish('At last it is done.');
  // The checklist of a turn that long stands above it.
  const answer = await onlyAnswer(turn, 'At last it is done.', 2);
  const { id } = turn.stage.twinPerson('ana');
  assert.match(answer.text, RegExp(`^<@${id}>\n`));
  const call = turn.stage.twin.look.calls('chat.postMessage').at(-1);
  assert.match(String(call?.args.text), RegExp(`^<@${id}> At last`), 'notifications are made of the text');
});

test('I1: of two processes the one that streams also answers; when it is gone, the other one does', async (t) => {
  const releases = lastFirst(t);
  const turn = await writing(releases);
  const { stage } = turn;
  await stage.another(releases);
  turn.write('Who says ');
  const begun = await postWith(stage, turn.asked, 'Who says');
  await turn.finish('Who says this?');
  assert.equal((await onlyAnswer(turn, 'Who says this?')).id, begun.id);
  const next = await turn.ask('and again');
  next.write('Who says ');
  await until(async () => ((await turn.posts()).length === 2 ? true : null), 'the next stream');
  await stage.stopBots();
  await next.finish('Who says that now?');
  await postWith(stage, turn.asked, 'that now?');
  await settled(stage);
  assert.equal((await turn.posts()).filter(isAnswer).length, 2);
});

for (const [method, orphans] of [
  ['chat.startStream', 1],
  ['chat.appendStream', 0],
  ['chat.stopStream', 0],
] as const) {
  test(`I1: when the answer to ${method} is lost, the answer still stands once`, async (t) => {
    const turn = await writing(lastFirst(t));
    turn.stage.twin.switches.spoil(method, 1, 'lost');
    turn.write('Word by word ');
    await postWith(turn.stage, turn.asked, 'Word by word');
    turn.write('it grows ');
    if (method !== 'chat.startStream')
      await until(async () => (turn.outcomes('chat.appendStream').length > 0 ? true : null), 'an append');
    await turn.finish('Word by word it grows.');
    await answers(turn.stage, turn.asked, 1);
    await settled(turn.stage);
    const posts = await until(async () => {
      const all = await turn.posts();
      return all.length === 1 + orphans ? all : null;
    }, 'nothing but the answer and what cannot be found again');
    assert.equal(posts.filter(isAnswer).length, 1);
    assert.match(posts.find(isAnswer)?.text ?? '', /Word by word it grows\./);
  });
}

test('I1: a process that dies while it streams leaves progress; another one posts the answer, once', async (t) => {
  const turn = await writing(lastFirst(t));
  turn.write('So far so good ');
  await postWith(turn.stage, turn.asked, 'So far');
  await restart(turn.stage);
  await turn.finish('So far so good, and done.');
  await answers(turn.stage, turn.asked, 1);
  await settled(turn.stage);
  assert.equal((await turn.posts()).filter(isAnswer).length, 1);
  assert.match((await turn.posts()).at(-1)?.text ?? '', /and done\./);
});

for (const [what, plan, streaming] of [
  ['on a free plan', 'free', true],
  ['where the server knows no streams', 'paid', false],
] as const) {
  test(`I1: ${what} the answer is posted`, async (t) => {
    const stage = await openSlackStage(lastFirst(t), 'socket', { streamAfterMs: 0, plan });
    stage.twin.switches.streaming = streaming;
    const asked = await (await stage.person('ana')).mention('say word by word and done');
    await answers(stage, asked, 1);
    await settled(stage);
    assert.equal((await stage.posts(asked)).length, 1);
  });
}

test('I1: words that are heard after the answer begin nothing below it', async (t) => {
  const turn = await writing(lastFirst(t));
  await turn.finish('It is done.');
  await postWith(turn.stage, turn.asked, 'It is done.');
  turn.write('It is ');
  turn.write('done, too late ');
  await onlyAnswer(turn, 'It is done.');
  const next = await turn.ask('and again');
  next.write('It goes ');
  await postWith(turn.stage, turn.asked, 'It goes');
  await next.finish('It goes on.');
  await postWith(turn.stage, turn.asked, 'It goes on.');
  assert.equal(turn.outcomes('chat.startStream').length, 1);
});

test('I1: twenty answers at once that race their own streams stand once each', async (t) => {
  const stage = await openSlackStage(lastFirst(t), 'socket', { streamAfterMs: 0 });
  const ana = await stage.person('ana');
  const asked = await Promise.all(
    Array.from({ length: 20 }, (_, n) => ana.mention(`say answer ${n} in a few words`)),
  );
  for (const place of asked) await answers(stage, place, 1);
  await settled(stage);
  for (const [n, place] of asked.entries()) {
    await until(async () => ((await stage.posts(place)).length === 1 ? true : null), 'one post');
    assert.match((await stage.posts(place))[0]?.text ?? '', RegExp(`answer ${n} in a few words`));
  }
});
