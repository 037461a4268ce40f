import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import type { OpensThreads } from '#core/chat/capabilities.ts';
import { formatThreadRef, type ThreadRef } from '#core/chat/thread-ref.ts';

/** An adapter on a platform of its own, and what people see there. */
export interface NoticeStage {
  adapter: ChatAdapter & OpensThreads;
  /** A thread that is there. */
  thread: ThreadRef;
  /** The texts that stand in a thread, oldest first. */
  texts(thread: ThreadRef): Promise<string[]>;
}

/** What every adapter keeps to that opens threads and says notices. */
export function noticesContract(name: string, open: (t: TestContext) => Promise<NoticeStage>): void {
  test(`${name}: I1: a thread is opened once for each key, also at once and again after a crash`, async (t) => {
    const { adapter, thread, texts } = await open(t);
    const opened = await Promise.all(
      [1, 2, 3].map(() => adapter.openThread(thread, 'the first line', 'one')),
    );
    const again = await adapter.openThread(thread, 'the first line', 'one');
    assert.equal(new Set([...opened, again].map(formatThreadRef)).size, 1);
    assert.deepEqual(await texts(again), ['the first line']);
    assert.notEqual(formatThreadRef(again), formatThreadRef(thread));
    const other = await adapter.openThread(thread, 'another line', 'two');
    assert.notEqual(formatThreadRef(other), formatThreadRef(again));
    assert.deepEqual(
      [again.platform, again.workspace, again.channel],
      [thread.platform, thread.workspace, thread.channel],
    );
  });

  test(`${name}: I1: a notice stands whole in the thread that it is for, and is found again by its key`, async (t) => {
    const { adapter, thread, texts } = await open(t);
    const before = await texts(thread);
    const text = '⏸ I paused the schedule "every hour": *it* <failed> & so on\nin two lines';
    const post = adapter.renderNotice?.(text);
    assert.ok(post);
    const sent = await adapter.send(thread, post, 'key', async () => {});
    assert.equal(await adapter.findPost(thread, 'key', null), sent);
    assert.equal(await adapter.findPost(thread, 'another', null), null);
    assert.deepEqual((await texts(thread)).slice(before.length), [text]);
  });
}
