import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsoleStore } from '#core/console/ports.ts';
import { newId } from '#core/ids.ts';

/** What every console store keeps to; `open` gives one that other tests may use at the same time. */
export function consoleStoreContract(
  name: string,
  open: () => Promise<ConsoleStore<{ text: string }>>,
): void {
  const newThread = () => newId('thr');
  const post = (store: ConsoleStore<{ text: string }>, threadId: string, text: string, key = newId('msg')) =>
    store.post({ threadId, authorId: null, key, content: { text } });

  test(`${name}: I1: the same key twice, also at once, is one message`, async () => {
    const store = await open();
    const threadId = newThread();
    const key = newId('msg');
    const posted = await Promise.all(Array.from({ length: 5 }, () => post(store, threadId, 'once', key)));
    assert.equal(new Set(posted.map(({ messageId }) => messageId)).size, 1);
    assert.equal((await store.list(threadId, 10)).length, 1);
    assert.equal((await store.findByKey(threadId, key))?.messageId, posted[0]?.messageId);
    assert.equal(await store.findByKey(newThread(), key), null);
  });

  test(`${name}: an edit keeps the place and raises the change`, async () => {
    const store = await open();
    const threadId = newThread();
    const first = await post(store, threadId, 'first');
    const second = await post(store, threadId, 'second');
    const edited = await store.edit(first.messageId, { text: 'first, corrected' });
    assert.equal(edited?.seq, first.seq);
    assert.ok((edited?.change ?? 0) > second.change);
    const texts = (await store.list(threadId, 10)).map(({ content }) => content.text);
    assert.deepEqual(texts, ['first, corrected', 'second']);
    assert.equal(await store.edit(newId('msg'), { text: 'nobody' }), null);
  });

  test(`${name}: a reader that resumes behind its last change misses nothing while many write`, async () => {
    const store = await open();
    const threadId = newThread();
    const seen = new Map<string, string>();
    let last = 0;
    let writing = true;
    const writers = Promise.all(
      Array.from({ length: 4 }, async (_, writer) => {
        for (let turn = 0; turn < 8; turn += 1) {
          const posted = await post(store, threadId, `${writer}.${turn}`);
          await store.edit(posted.messageId, { text: `${writer}.${turn} edited` });
        }
      }),
    ).finally(() => {
      writing = false;
    });
    const read = async () => {
      for (const message of await store.changedAfter(threadId, last, 7)) {
        assert.ok(message.change > last, 'changes come in order');
        last = message.change;
        seen.set(message.messageId, message.content.text);
      }
    };
    while (writing) {
      await read();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writers;
    for (let round = 0; round < 10; round += 1) await read();
    assert.equal(seen.size, 32);
    assert.ok([...seen.values()].every((text) => text.endsWith('edited')));
  });

  test(`${name}: pages go backwards without gap or overlap`, async () => {
    const store = await open();
    const threadId = newThread();
    for (let index = 0; index < 5; index += 1) await post(store, threadId, String(index));
    const newest = await store.list(threadId, 2);
    const before = await store.list(threadId, 10, newest[0]?.seq);
    assert.deepEqual(
      [...before, ...newest].map(({ content }) => content.text),
      ['0', '1', '2', '3', '4'],
    );
  });

  test(`${name}: I1: a person's message counts as undelivered until it is noted what became of it`, async () => {
    const store = await open();
    const threadId = newThread();
    const said = await store.post({
      threadId,
      authorId: 'usr_1',
      key: newId('msg'),
      content: { text: 'hello' },
    });
    await post(store, threadId, 'a post of our own');
    const later = new Date(Date.now() + 60_000);
    const mine = async () =>
      (await store.undelivered(later, 1000)).filter((message) => message.threadId === threadId);
    assert.deepEqual(
      (await mine()).map(({ messageId }) => messageId),
      [said.messageId],
    );
    await store.edit(said.messageId, { text: 'hello, taken' });
    assert.deepEqual(await mine(), []);
  });
}
