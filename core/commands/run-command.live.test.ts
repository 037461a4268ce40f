import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openScheduleDesk } from '#core/schedules/desk.ts';
import { usualLimits } from '#core/schedules/plan.ts';
import { finishWell, newWorker, openTestCore, sayAccepted } from '#core/testing/core.ts';
import type { CommandDeps } from './ports.ts';
import { runCommand } from './run-command.ts';
import type { Surface } from './surfaces.ts';

const here = { platform: 'console', workspace: 'local', channel: 'home', thread: 'here' } as const;

/** Commands on a real core, given by people who are made by name. */
async function stage(t: TestContext) {
  const core = await openTestCore(t);
  const asked: { text: string; where: string }[] = [];
  const deps: CommandDeps = {
    ...core,
    desk: openScheduleDesk(core.schedules, usualLimits),
    pageUrl: 'http://page',
    ask: async (context, { text, where }) => {
      asked.push({ text, where });
      if (text.startsWith('use') || text.startsWith('be')) {
        const { sessionId, turnId } = await sayAccepted(core, 'here', { text, by: context.account.id });
        return { outcome: { kind: 'accepted', sessionId, turnId, ahead: 1 }, link: null };
      }
      const outcome = { kind: 'accepted', sessionId: 'ses_x', turnId: 'trn_x', ahead: 0 } as const;
      return { outcome, link: null };
    },
  };
  let count = 0;
  return {
    core,
    asked,
    async give(
      text: string,
      by = 'ana',
      surface: Surface = 'console',
      messageId = `msg_${++count}`,
      now = new Date('2026-11-20T08:00:00Z'),
    ) {
      const account = { id: by, name: by };
      const found = await core.identities.resolve('console', { externalId: 'local', name: 'local' }, account);
      const person = { ...found, ...(await core.identities.byId(found.userId)) };
      const context = {
        person,
        account,
        surface,
        thread: here,
        messageId,
        now,
        sentAt: new Date(),
      };
      return await runCommand(text, context, deps);
    },
  };
}

test('status, stop, queue and cancel speak of this thread', async (t) => {
  const { core, give } = await stage(t);
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
  const { core, asked, give } = await stage(t);
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
  const { core, asked, give } = await stage(t);
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
  const { core, give } = await stage(t);
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

test('a schedule is proposed, saved, listed, paused, run, changed, deleted in words; the same message makes one', async (t) => {
  const { give } = await stage(t);
  const words = 'every weekday at 9:00 check the backups';
  const asked = await give(words, 'ana', 'console', 'msg_same');
  const again = await give(words, 'ana', 'console', 'msg_same');
  const id = asked?.cards[0]?.scheduleId ?? '';
  assert.equal(again?.cards[0]?.scheduleId, id);
  assert.match(
    asked?.cards[0]?.lines.join('\n') ?? '',
    /I understood: every weekday at 09:00 \(UTC\)\n> check the backups\nNext: Fri 20 Nov 2026, 09:00/,
  );
  assert.match((await give('schedules'))?.text ?? '', /You have no schedules/);
  assert.match((await give(`schedules save ${id}`, 'ben'))?.text ?? '', /no such schedule of yours/);
  assert.equal((await give(`schedules save ${id}`))?.text, 'Saved.');
  assert.deepEqual((await give('schedules'))?.cards[0]?.buttons, [
    'pause',
    'run',
    'edit',
    'delete',
    'history',
  ]);
  assert.equal((await give('schedules run 1'))?.text, 'It runs now.');
  assert.match((await give('schedules history 1'))?.text ?? '', /about to start \(run now\)/);
  assert.equal((await give('schedules pause 1'))?.text, 'Paused.');
  assert.equal((await give('schedules resume 1'))?.text, 'It goes on.');
  const change = await give('schedules edit 1 every day at 8:00 rest');
  assert.match(change?.text ?? '', /Shall I change it/);
  await give(`schedules save ${change?.cards[0]?.scheduleId}`);
  assert.match(
    (await give('schedules'))?.cards[0]?.lines[0] ?? '',
    /^1\. every day at 08:00 \(UTC\) · rest · next/,
  );
  assert.equal((await give('schedules delete 1'))?.text, 'Deleted: every day at 08:00 · rest');
});

test('times are in the zone of who asks', async (t) => {
  const { give } = await stage(t);
  assert.match((await give('timezone'))?.text ?? '', /in UTC/);
  assert.match((await give('timezone Europe/Berln'))?.text ?? '', /Did you mean .*Europe\/Berlin/);
  await give('timezone europe/berlin');
  const asked = await give('every day at 9:00 look');
  assert.match(asked?.cards[0]?.lines.join('\n') ?? '', /Europe\/Berlin[\s\S]+09:00 \(UTC\+1\)/);
  assert.match((await give('whoami'))?.text ?? '', /You are ana \(member\)[\s\S]+Europe\/Berlin/);
});

test('invite makes a person and a link for whoever asks alone; only administrators may, and the log says who did', async (t) => {
  const { core, give } = await stage(t);
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
  const { core, give } = await stage(t);
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
  const { core, give } = await stage(t);
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
  const { core, give } = await stage(t);
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
  const { give } = await stage(t);
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
  const { give } = await stage(t);
  const slack = (await give('help', 'ana', 'slack_slash'))?.text ?? '';
  assert.match(slack, /`\/deckhand every weekday at 9:00 check the backups`/);
  assert.doesNotMatch(slack, /`\/deckhand stop`/);
  assert.match((await give('help schedule'))?.text ?? '', /cron "0 9 \* \* 1-5"/);
  assert.equal(await give('tell me a joke', 'ana', 'slack_mention'), null);
});

test('I5: secrets gives a link for one person that works once, and none where others read along', async (t) => {
  const { core, give } = await stage(t);
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
