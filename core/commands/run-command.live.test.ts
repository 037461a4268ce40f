import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { InboundOutcome } from '#core/chat/inbound.ts';
import { openScheduleDesk } from '#core/schedules/desk.ts';
import { usualLimits } from '#core/schedules/plan.ts';
import { newWorker, openTestCore, sayAccepted } from '#core/testing/core.ts';
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
    ask: async (context, { text, where }): Promise<InboundOutcome> => {
      asked.push({ text, where });
      if (text.startsWith('use') || text.startsWith('be')) {
        const { sessionId, turnId } = await sayAccepted(core, 'here', { text, by: context.account.id });
        return { kind: 'accepted', sessionId, turnId, ahead: 1 };
      }
      return { kind: 'accepted', sessionId: 'ses_x', turnId: 'trn_x', ahead: 0 };
    },
  };
  let count = 0;
  return {
    core,
    asked,
    async give(text: string, by = 'ana', surface: Surface = 'console', messageId = `msg_${++count}`) {
      const account = { id: by, name: by };
      const found = await core.identities.resolve('console', { externalId: 'local', name: 'local' }, account);
      const person = (await core.identities.byId(found.userId)) ?? found;
      const context = {
        person,
        account,
        surface,
        thread: here,
        messageId,
        now: new Date('2026-11-20T08:00:00Z'),
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

test('what cannot be done yet says what can be done instead, and that nothing was done', async (t) => {
  const { core, give } = await stage(t);
  await sayAccepted(core, 'here');
  for (const text of [
    'model',
    'template use x',
    'policy',
    'secrets',
    'link',
    'invite @ben',
    'usage',
    'feedback: x',
    'queue move 2 to 1',
  ]) {
    const reply = await give(text);
    assert.equal(reply?.ok, false, text);
    assert.match(reply?.text ?? '', / yet/, text);
  }
});

test('help lists what is to be had there, and one verb with its examples', async (t) => {
  const { give } = await stage(t);
  const slack = (await give('help', 'ana', 'slack_slash'))?.text ?? '';
  assert.match(slack, /`\/deckhand every weekday at 9:00 check the backups`/);
  assert.doesNotMatch(slack, /`\/deckhand stop`/);
  assert.match((await give('help schedule'))?.text ?? '', /cron "0 9 \* \* 1-5"/);
  assert.equal(await give('tell me a joke', 'ana', 'slack_mention'), null);
});
