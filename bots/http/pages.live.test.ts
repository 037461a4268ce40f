import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '#core/ids.ts';
import { newWorker, sayAccepted } from '#core/testing/core.ts';
import { openStage, type Stage } from './testing/stage.ts';

/** All of a list, one thing a page, as their ids. */
async function pageByPage(stage: Stage, path: string, list: 'threads' | 'approvals'): Promise<string[]> {
  const ids: string[] = [];
  let next: string | null = null;
  do {
    const cursor: string = next === null ? '' : `&cursor=${next}`;
    const { status, body } = await stage.call('GET', `${path}limit=1${cursor}`);
    assert.equal(status, 200, JSON.stringify(body));
    ids.push(...body[list].map(({ id }: { id: string }) => id));
    next = body.next;
  } while (next !== null);
  return ids;
}

test('threads of the same millisecond stand in the list once each, whatever its pages', async (t) => {
  const stage = await openStage(t, { worker: false });
  const { core, owner } = stage;
  const { id: workspaceId } = await core.database.prisma.workspace.findFirstOrThrow();
  const threads = Array.from({ length: 4 }, () => newId('thr'));
  for (const thread of threads) {
    await core.sessions.open({
      thread: { platform: 'console', workspace: 'local', channel: 'home', thread },
      workspaceId,
      ownerId: owner.userId,
      title: thread,
      template: 'assistant',
    });
  }
  await core.database.pool.query(`UPDATE session SET updated_at = '2026-11-21T08:00:00Z'`);
  assert.deepEqual((await pageByPage(stage, '/v1/threads?', 'threads')).sort(), threads.sort());
});

test('questions of the same millisecond stand in the list once each, open and answered', async (t) => {
  const stage = await openStage(t, { worker: false });
  const { core, owner } = stage;
  await sayAccepted(core, 'thr');
  const claim = await core.claims.claim(await newWorker(core));
  assert.ok(claim);
  const request = { kind: 'command', title: 'run a command', subject: 'ship it', why: null } as const;
  const asked: string[] = [];
  for (const call of ['call_1', 'call_2', 'call_3', 'call_4'])
    asked.push((await core.approvals.open(claim, call, call, request, 60_000)).approvalId);
  await core.database.pool.query(`UPDATE approval SET created_at = '2026-11-21T08:00:00Z'`);
  assert.deepEqual(await pageByPage(stage, '/v1/approvals?', 'approvals'), asked, 'oldest first');
  const by = { userId: owner.userId, name: owner.name };
  for (const approvalId of asked)
    await core.approvals.decide(approvalId, { grant: true, scope: 'once', by, revision: 1 });
  assert.deepEqual(await pageByPage(stage, '/v1/approvals?state=settled&', 'approvals'), asked.reverse());
});
