import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finishWell, newWorker, sayAccepted } from '#core/testing/core.ts';
import { openCommandStage } from './testing/stage.ts';

test('status, stop, queue and cancel speak of this thread', async (t) => {
  const { core, give } = await openCommandStage(t);
  assert.match((await give('status'))?.text ?? '', /done nothing in this thread/);
  await sayAccepted(core, 'here', { text: 'first', by: 'ana' });
  await core.claims.claim(await newWorker(core));
  await sayAccepted(core, 'here', { text: 'second', by: 'ana' });
  await sayAccepted(core, 'here', { text: 'third', by: 'ben' });
  assert.match((await give('status'))?.text ?? '', /^At work on: first\n2 more requests wait/);
  assert.equal((await give('queue'))?.text, '1. second\n2. third');
  assert.match((await give('queue cancel 2'))?.text ?? '', /may not take back somebody else's request/);
  assert.match((await give('queue cancel 9'))?.text ?? '', /There is no number 9/);
  assert.equal((await give('cancel', 'ben'))?.text, 'Taken back: third');
  assert.equal((await give('queue cancel 1'))?.text, 'Taken back: second');
  assert.match((await give('stop'))?.text ?? '', /Asked to stop/);
});

test('retry and new hand a request in; details and receipt tell of the last turn', async (t) => {
  const { core, asked, give } = await openCommandStage(t);
  await sayAccepted(core, 'here', { text: 'look at the disk', by: 'ana' });
  await give('retry');
  await give('new look\nelsewhere');
  assert.deepEqual(asked, [
    { text: 'look at the disk', where: 'here' },
    { text: 'look\nelsewhere', where: 'fresh' },
  ]);
  assert.match((await give('receipt'))?.text ?? '', /⚓ no commands[\s\S]+deckhand verify ses_/);
  assert.match((await give('details'))?.text ?? '', /No steps yet: look at the disk/);
});

test('I7: steer reaches what one asked for oneself, and is refused for what others did', async (t) => {
  const { core, asked, give } = await openCommandStage(t);
  const running = await sayAccepted(core, 'here', { text: 'upgrade', by: 'ana' });
  await core.claims.claim(await newWorker(core));
  const others = await give('steer: stop that', 'ben');
  assert.equal(others?.ok, false);
  assert.match(others?.text ?? '', /may not steer what ana asked for; send it as a message/);
  assert.deepEqual(asked, [], 'nothing was queued');
  assert.match((await give('steer: use staging'))?.text ?? '', /^It is told at the next step: use staging/);
  assert.equal(await core.steers.waiting(running.turnId), true);
  await core.turns.stop(running.turnId, { userId: 'usr_x', name: 'x' });
  assert.match((await give('steer: be quick'))?.text ?? '', /so it is your next request: be quick/);
});

test('I7: approve and deny answer the one open question, and only by the right hand', async (t) => {
  const { core, give } = await openCommandStage(t);
  await sayAccepted(core, 'here', { text: 'x', by: 'ana' });
  const claim = await core.claims.claim(await newWorker(core));
  assert.ok(claim);
  assert.match((await give('approve'))?.text ?? '', /I ask nothing in this thread/);
  const request = { kind: 'command', title: 'run a command', subject: 'ship it', why: null } as const;
  const first = await core.approvals.open(claim, 'call_1', 'print', request, 60_000);
  assert.match((await give('approve', 'ben'))?.text ?? '', /cannot answer this/);
  const second = await core.approvals.open(
    claim,
    'call_2',
    'other',
    { ...request, subject: 'burn it' },
    60_000,
  );
  assert.match((await give('approve'))?.text ?? '', /more than one thing[\s\S]+ship it[\s\S]+burn it/);
  assert.equal((await give(`deny ${second.approvalId}`))?.text, 'Denied: burn it');
  assert.equal((await give('approve in this thread'))?.text, 'Allowed: ship it');
  const decided = await core.approvals.byId(first.approvalId);
  assert.deepEqual([decided?.state, decided?.scope, decided?.decidedBy?.name], ['granted', 'thread', 'ana']);
  assert.match((await give(`approve ${first.approvalId}`))?.text ?? '', /already granted by ana/);
});

test('invite makes a person and a link for whoever asks alone; only administrators may, and the log says who did', async (t) => {
  const { core, give } = await openCommandStage(t);
  assert.match((await give('invite @ben', 'ana', 'slack_slash'))?.text ?? '', /Only an administrator/);
  const { userId: ana } = await core.identities.resolve(
    'console',
    { externalId: 'local', name: 'local' },
    { id: 'ana', name: 'ana' },
  );
  await core.database.prisma.user.update({ where: { id: ana }, data: { role: 'admin' } });
  assert.doesNotMatch((await give('invite @ben', 'ana', 'console'))?.text ?? '', /http/);
  const reply = await give('invite @ben', 'ana', 'slack_slash');
  assert.equal(reply?.private, true);
  const [, token = ''] = /http:\/\/page\/sign-in\?token=(\S+)/.exec(reply?.text ?? '') ?? [];
  assert.notEqual(token, '');
  const found = (await core.people.all()).filter(({ name }) => name === 'ben');
  assert.deepEqual(
    found.map(({ role }) => role),
    ['member'],
  );
  const [entry] = await core.auditLog.list({ what: 'user.invited', limit: 10 });
  assert.deepEqual([entry?.entry.by?.userId, entry?.entry.of.user], [ana, found[0]?.userId]);
});

test('queue edit and move change one’s own requests; past others’ only an administrator moves', async (t) => {
  const { core, give } = await openCommandStage(t);
  await sayAccepted(core, 'here', { text: 'running', by: 'ana' });
  const claim = await core.claims.claim(await newWorker(core));
  for (const [text, by] of [
    ['a', 'ana'],
    ['b', 'ben'],
    ['c', 'ana'],
    ['d', 'ana'],
  ] as const) {
    await sayAccepted(core, 'here', { text, by });
  }
  assert.equal((await give('queue edit 1: a, but better'))?.text, 'It now says: a, but better');
  assert.match((await give('queue edit 2: mine now'))?.text ?? '', /may not change somebody else's request/);
  assert.match((await give('queue move 2 to 4'))?.text ?? '', /may not move somebody else's request/);
  assert.match((await give('queue move 4 to 1'))?.text ?? '', /past somebody else's/);
  assert.equal((await give('queue move 4 to 3'))?.text, '1. a, but better\n2. b\n3. d\n4. c');
  assert.equal((await give('queue move 1 to 99'))?.text, '1. b\n2. d\n3. c\n4. a, but better');
  if (claim) await finishWell(core, claim);
  const ran: string[] = [];
  for (;;) {
    const next = await core.claims.claim(await newWorker(core));
    if (!next) break;
    ran.push((await core.turns.byId(next.turnId))?.text ?? '');
    await finishWell(core, next);
  }
  assert.deepEqual(ran, ['b', 'd', 'c', 'a, but better'], 'I3: that is the order in which they run');
});

test('template, model and policy say what answers here and what it may reach, and change it where one may', async (t) => {
  const { core, give } = await openCommandStage(t);
  const { sessionId } = await sayAccepted(core, 'here', { by: 'ana' });
  const listed = (await give('template'))?.text ?? '';
  assert.match(listed, /- `assistant` \(answers here\): /);
  assert.match(listed, /- `research`: /);
  assert.match((await give('template use none'))?.text ?? '', /There are: assistant, infra, research/);
  assert.match((await give('template use research'))?.text ?? '', /research answers in this thread/);
  assert.equal((await core.sessions.byId(sessionId))?.template, 'research');
  assert.match((await give('model'))?.text ?? '', /what is set up here[\s\S]+template `research`/);
  assert.equal((await give('model use gpt-9'))?.ok, false);
  assert.match((await give('policy'))?.text ?? '', /\*\*system\*\*, version 0: .+`allowlist`/);
  assert.match((await give('policy propose: anything'))?.text ?? '', /Name one host/);
  assert.match(
    (await give('policy propose: let us reach api.github.com'))?.text ?? '',
    /nothing has changed/,
  );
  const [proposal] = await core.policies.openProposals();
  assert.deepEqual(proposal?.change, { rule: 'effect: allow\nhost: "api.github.com"\n' });
});

test('usage adds up what one’s own requests used; feedback is kept once, with who said it', async (t) => {
  const { core, give } = await openCommandStage(t);
  const { sessionId, turnId } = await sayAccepted(core, 'here', { by: 'ana' });
  assert.match((await give('usage'))?.text ?? '', /Last 24 hours: nothing/);
  const userId = (await core.turns.byId(turnId))?.authorId ?? '';
  const call = { turnId, key: 'model:0', sessionId, userId, provider: 'openai', model: 'gpt' };
  await core.usage.record([{ ...call, inputTokens: 12_000, outputTokens: 30 }]);
  const now = new Date();
  assert.match(
    (await give('usage', 'ana', 'console', 'u', now))?.text ?? '',
    /1 model calls, 12,000 tokens in/,
  );
  assert.match((await give('usage', 'ben', 'console', 'u', now))?.text ?? '', /Last 30 days: nothing/);
  for (let n = 0; n < 2; n += 1) await give('feedback: too long', 'ana', 'console', 'same');
  assert.deepEqual(
    (await core.feedback.list(10)).map(({ by, text, sessionId: where }) => [by.name, text, where]),
    [['ana', 'too long', sessionId]],
  );
});

test('link joins two accounts in three steps, and says at each what comes next, to nobody else', async (t) => {
  const { give } = await openCommandStage(t);
  const first = await give('link', 'ana');
  assert.equal(first?.private, true);
  const code = /link ([2-9A-Z]{4}-[2-9A-Z]{4})/.exec(first?.text ?? '')?.[1] ?? '';
  assert.match((await give(`link ${code}`, 'ana'))?.text ?? '', /Nobody has repeated this code yet/);
  assert.match((await give(`link ${code}`, 'ben'))?.text ?? '', /Nothing is joined yet/);
  assert.match((await give('link', 'ana'))?.text ?? '', /^ben \(console, local\) has repeated your code/);
  assert.match((await give(`link ${code}`, 'ana'))?.text ?? '', /^ben \(console, local\) is you from now on/);
  assert.match((await give('whoami', 'ben'))?.text ?? '', /You are ana/);
});

test('help lists what is to be had there, and one verb with its examples', async (t) => {
  const { give } = await openCommandStage(t);
  const slack = (await give('help', 'ana', 'slack_slash'))?.text ?? '';
  assert.match(slack, /`\/deckhand every weekday at 9:00 check the backups`/);
  assert.doesNotMatch(slack, /`\/deckhand stop`/);
  assert.match((await give('help schedule'))?.text ?? '', /cron "0 9 \* \* 1-5"/);
  assert.equal(await give('tell me a joke', 'ana', 'slack_mention'), null);
});

test('I5: secrets gives a link for one person that works once, and none where others read along', async (t) => {
  const { core, give } = await openCommandStage(t);
  const reply = await give('secrets', 'ana', 'slack_slash');
  assert.equal(reply?.private, true);
  const [, token = ''] = /http:\/\/page\/s\/(\S+)/.exec(reply?.text ?? '') ?? [];
  const link = await core.secretLinks.look(token);
  const ana = await core.identities.resolve(
    'console',
    { externalId: 'local', name: 'local' },
    { id: 'ana', name: 'ana' },
  );
  assert.deepEqual([link?.userId, link?.workspaceId], [ana.userId, ana.workspaceId]);
  assert.doesNotMatch((await give('secrets', 'ana', 'console'))?.text ?? '', /http/);
  await core.database.prisma.user.update({ where: { id: ana.userId }, data: { role: 'viewer' } });
  assert.equal((await give('secrets', 'ana', 'slack_slash'))?.ok, false);
});
