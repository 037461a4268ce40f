import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openTestCore, sayAccepted } from '#core/testing/core.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { templateStoreContract } from '#core/testing/template-store-contract.ts';
import { openTemplateStore } from './templates.ts';

const opened = openTestCore(lastFirst({ after }));

templateStoreContract('postgres', async () => openTemplateStore((await opened).database));

test('a kept version cannot be changed or deleted, not even by a statement', async () => {
  const { database } = await opened;
  const store = openTemplateStore(database);
  await store.add({ layer: 'system', ownerId: '', name: 'kept' }, 'format: 1', 'usr_1');
  for (const statement of [
    `UPDATE template SET text = 'x' WHERE name = 'kept'`,
    `DELETE FROM template WHERE name = 'kept'`,
  ])
    await assert.rejects(database.pool.query(statement), { code: 'DH010' });
});

test("a new session is given its channel's template, else its workspace's, else the assistant", async () => {
  const core = await opened;
  const { workspaceId, userId } = await core.identities.localOwner();
  const reader = { workspaceId, userId };
  const templateOf = async (thread: string) => {
    const { sessionId } = await sayAccepted(core, thread);
    return (await core.sessions.byId(sessionId))?.template;
  };
  assert.equal(await templateOf('first'), 'assistant');
  await core.templates.choose({ workspaceId, channel: null }, 'research', reader);
  assert.equal(await templateOf('second'), 'research');
  await core.templates.choose({ workspaceId, channel: 'home' }, 'infra', reader);
  assert.equal(await templateOf('third'), 'infra');
  assert.equal(await templateOf('first'), 'assistant', 'a session keeps what it was opened with');
  await assert.rejects(core.templates.choose({ workspaceId, channel: 'home' }, 'nothing', reader), {
    code: 'template.unknown',
    message: /There are: assistant, infra, kept, research/,
  });
});

test("a thread's template can be changed; what is unknown is refused", async () => {
  const core = await opened;
  const { sessionId } = await sayAccepted(core, 'changed');
  await core.sessions.setTemplate(sessionId, 'infra');
  assert.equal((await core.sessions.byId(sessionId))?.template, 'infra');
});
