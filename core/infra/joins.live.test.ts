import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';

/** Ana on the console, and the same person on Slack whom nobody knows to be her. */
async function stage(t: TestContext) {
  const core = await openTestCore(t);
  const ana = await core.identities.resolve(
    'console',
    { externalId: 'local', name: 'local' },
    { id: 'ana', name: 'Ana' },
  );
  const slack = () =>
    core.identities.resolve('slack', { externalId: 'T1', name: 'Team' }, { id: 'U2', name: 'ana.s' });
  return { core, ana, slack, other: await slack() };
}

const roleOf = (core: TestCore, userId: string, role: string) =>
  core.database.prisma.user.update({ where: { id: userId }, data: { role } });

test('a code, the code again, a yes: then both accounts are one person, with what the second had', async (t) => {
  const { core, ana, slack, other } = await stage(t);
  const key = await core.credentials.createApiKey(other.userId, 'old');
  const code = await core.joins.offer(ana.userId);
  assert.match(code, /^[2-9A-Z]{4}-[2-9A-Z]{4}$/);
  await assert.rejects(core.joins.agree(code, ana.userId), { code: 'join.unclaimed' });
  await core.joins.claim(code.toLowerCase(), other.userId, 'ana.s (slack, T1)');
  assert.equal((await slack()).userId, other.userId, 'nothing is joined before its owner agrees');
  assert.equal(await core.joins.claimant(ana.userId), 'ana.s (slack, T1)');
  assert.deepEqual(await core.joins.agree(code, ana.userId), { joined: 'ana.s (slack, T1)' });
  assert.equal((await slack()).userId, ana.userId);
  assert.equal(await core.credentials.apiKey(key), null, 'proofs of the old person have ended');
  await assert.rejects(core.joins.agree(code, ana.userId), { code: 'join.unknown' });
});

test('I7: a code that somebody else repeats joins nobody by itself, and cannot be taken over or confirmed by others', async (t) => {
  const { core, ana, other } = await stage(t);
  const eve = await core.identities.resolve(
    'slack',
    { externalId: 'T1', name: 'Team' },
    { id: 'U9', name: 'eve' },
  );
  const code = await core.joins.offer(ana.userId);
  await core.joins.claim(code, eve.userId, 'eve (slack, T1)');
  await assert.rejects(core.joins.claim(code, other.userId, 'x'), { code: 'join.taken' });
  await assert.rejects(core.joins.agree(code, eve.userId), { code: 'join.unknown' });
  // A new code makes the claim void.
  await core.joins.offer(ana.userId);
  assert.equal(await core.joins.claimant(ana.userId), null);
  await assert.rejects(core.joins.agree(code, ana.userId), { code: 'join.unknown' });
  await core.database.prisma.accountJoin.updateMany({ data: { expiresAt: new Date(0) } });
  const late = await core.joins.claimant(ana.userId);
  assert.equal(late, null);
});

test('what would lose secrets, work or rights is not joined, and says what to do', async (t) => {
  const { core, ana, other } = await stage(t);
  const claim = async () => core.joins.claim(await core.joins.offer(ana.userId), other.userId, 'x');
  await roleOf(core, other.userId, 'admin');
  await assert.rejects(claim(), { code: 'join.administers', message: /Ask for a code with it/ });
  await roleOf(core, other.userId, 'member');
  const ben = await sayAccepted(core, 'thr', { by: 'ben' });
  const bens = (await core.turns.byId(ben.turnId))?.authorId ?? '';
  const code = await core.joins.offer(ana.userId);
  await assert.rejects(core.joins.claim(code, bens, 'ben'), { code: 'join.busy' });
  await core.joins.claim(code, other.userId, 'x');
  await roleOf(core, other.userId, 'owner');
  await assert.rejects(
    core.joins.agree(code, ana.userId),
    { code: 'join.administers' },
    'looked at again at the end',
  );
});
