import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import { openHostAsks } from '#core/infra/egress/host-asks.ts';
import { openSigningKey } from '#core/infra/signing-key.ts';
import { openLog } from '#core/log.ts';
import { newWorker, openTestCore, sayAccepted } from '#core/testing/core.ts';
import { startReminding } from './remind.ts';

/** A platform on which each person is reached in a channel of their own. */
const adapter: ChatAdapter = {
  platform: 'console',
  render: () => [],
  send: async () => '',
  edit: async () => {},
  findPost: async () => null,
  direct: (workspace, account) => ({ platform: 'console', workspace, channel: account, thread: 'direct' }),
  linkTo: async () => 'the thread',
};

test('a question of the door that nobody answers is brought to each who may answer it, once', async (t) => {
  const core = await openTestCore(t);
  const { turnId } = await sayAccepted(core, 'thr', { by: 'ana' });
  const claim = await core.claims.claim(await newWorker(core));
  assert.ok(claim);
  for (const [id, role] of [
    ['eve', 'admin'],
    ['ben', 'member'],
  ] as const) {
    const local = { externalId: 'local', name: 'local' };
    const { userId } = await core.identities.resolve('console', local, { id, name: id });
    await core.database.prisma.user.update({ where: { id: userId }, data: { role } });
  }
  const asked = await openHostAsks(core.database, openSigningKey(core.home)).ask({
    ...claim,
    authorId: (await core.sessions.turnEvents(turnId)).flatMap((event) =>
      event.type === 'turn.submitted' ? event.body.author.userId : [],
    )[0] as string,
    group: { host: 'api.test', port: 443, method: 'POST', secret: null },
    fingerprint: 'f',
    line: 'POST https://api.test/',
    why: null,
    holdMs: 1_000,
    lifeMs: 3_600_000,
  });
  assert.ok(asked.kind === 'asked');
  const said: string[] = [];
  const keys = new Set<string>();
  const remind = async () => {
    const reminding = startReminding({
      ...core,
      adapters: { console: adapter },
      log: openLog('test', 'silent'),
      say: async ({ key, thread, text }) => {
        if (!keys.has(key)) said.push(`${thread.channel}: ${text}`);
        keys.add(key);
      },
    });
    await reminding.now();
    await reminding.now();
    reminding.stop();
  };
  await remind();
  assert.deepEqual(said, [], 'not before its time');
  await core.database.pool.query(`UPDATE approval SET created_at = now() - interval '16 minutes'`);
  await remind();
  const words = '✋ A question waits for you in the thread: may I send POST to api.test:443?';
  assert.deepEqual(said.sort(), [`ana: ${words}`, `eve: ${words}`]);
  await remind();
  assert.equal(said.length, 2, 'also not after a restart');

  const by = { userId: 'usr_ana', name: 'ana' };
  await core.approvals.decide(asked.approvalId, { grant: false, scope: 'once', by, revision: 1 });
  keys.clear();
  await remind();
  assert.equal(said.length, 2, 'nor when it is answered');
});
