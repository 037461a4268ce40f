import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from '#bots/http/testing/stage.ts';
import { until } from '#core/testing/until.ts';
import { openCli, run } from './testing/open-cli.ts';

test('ask prints the answer, --json one line with the steps and their output', async (t) => {
  const { cli } = await openCli(t);
  const plain = await cli('ask', '$ uname -a');
  assert.equal(plain.code, 0);
  assert.match(plain.out, /Linux deckhand/);
  assert.match(plain.err, /\$ uname -a\n⚓ 1 command/);
  const json = await cli('ask', '$ uname -a', '--json');
  assert.equal(json.out.trim().split('\n').length, 1);
  const told = JSON.parse(json.out);
  assert.deepEqual(Object.keys(told), ['session', 'thread', 'turn', 'state', 'answer', 'steps']);
  assert.equal(told.state, 'succeeded');
  assert.match(told.steps[0].output, /Linux deckhand/);
});

test('I7: --approve all runs what was asked for, --approve none does not, and both turns succeed', async (t) => {
  const { cli, stage } = await openCli(t);
  const granted = JSON.parse((await cli('ask', 'careful $ echo hi', '--approve', 'all', '--json')).out);
  assert.equal(granted.state, 'succeeded');
  assert.equal(granted.steps[0].output, 'hi\n');
  const denied = JSON.parse((await cli('ask', 'careful $ echo hi', '--approve', 'none', '--json')).out);
  assert.equal(denied.state, 'succeeded');
  assert.match(denied.answer, /denied/);
  assert.deepEqual(denied.steps, []);
  const [approval] = await stage.core.approvals.ofTurn(denied.turn);
  assert.equal(approval?.state, 'denied');
});

test('without a terminal and without --approve it says where to answer, and gives up in time', async (t) => {
  const { cli, stage } = await openCli(t);
  const waited = await cli('ask', 'careful $ echo hi', '--timeout', '3');
  assert.equal(waited.code, 1);
  assert.ok(waited.err.includes(`press a button at ${stage.url}`));
  assert.match(waited.err, /No answer within 3 s. It goes on: .* `npm run -s deckhand -- stop trn_/);
});

test('a failed turn ends with exit code 1 and its reason; a thread goes on where it was', async (t) => {
  const { cli } = await openCli(t);
  const failed = await cli('ask', 'fail');
  assert.equal(failed.code, 1);
  assert.match(failed.out, /The model did not answer/);
  const first = JSON.parse((await cli('ask', 'hello', '--json')).out);
  const second = JSON.parse((await cli('ask', 'again', '--thread', first.thread, '--json')).out);
  assert.equal(second.session, first.session);
  const unknown = await cli('ask', 'again', '--thread', 'thr_none');
  assert.deepEqual([unknown.code, unknown.out], [1, '']);
  assert.match(unknown.err, /no such thread/);
});

test('sessions, events and sign-in print what scripts can use', async (t) => {
  const { cli, stage } = await openCli(t);
  const { session } = JSON.parse((await cli('ask', '$ uname', '--json')).out);
  assert.match((await cli('sessions')).out, new RegExp(`^${session}  idle`));
  const events = (await cli('events', session, '--json')).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
  );
  const link = (await cli('sign-in')).out.trim();
  assert.ok(link.startsWith(`${stage.url}/sign-in?token=`));
});

test('no instance, a stale key and a wrong word each say what to do', async (t) => {
  const { cli, stage } = await openCli(t);
  await writeFile(join(stage.core.home, 'cli.key'), 'dhk_old\n');
  const refused = await cli('ask', 'hello');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /does not know the key in .*cli\.key. Delete the file and start Deckhand again/);
  const nobody = await run('/nonexistent', ['ask', 'hello']);
  assert.match(nobody.err, /No Deckhand runs with the folder \/nonexistent. Start it with `npm start`/);
  assert.equal((await cli('ask', 'x', '--timeout', 'soon')).code, 1);
});

test('doctor names each part and mends what it can name', async (t) => {
  const { cli } = await openCli(t);
  const { out } = await cli('doctor', '--json');
  const { checks } = JSON.parse(out);
  const names = checks.map(({ name }: { name: string }) => name);
  assert.deepEqual(names, [
    'node',
    'disk',
    'docker',
    'sandbox image',
    'model',
    'instance',
    'instance: database',
  ]);
  const nobody = JSON.parse((await run('/nonexistent', ['doctor', '--json'])).out);
  assert.equal(nobody.ok, false);
});

test('schedules are added after a look, listed, run, deleted; chat words do the same', async (t) => {
  const { cli } = await openCli(t);
  const unasked = await cli('schedules', 'add', 'every', 'hour', 'say', 'x');
  assert.deepEqual([unasked.code, unasked.out], [1, '']);
  assert.match(unasked.err, /I understood: every hour[\s\S]+Next: .+ · [\s\S]+--yes/);
  const made = await cli(
    'schedules',
    'add',
    'every hour say ahoy',
    '--zone',
    'Europe/Berlin',
    '--yes',
    '--json',
  );
  const { id, zone } = JSON.parse(made.out);
  assert.equal(zone, 'Europe/Berlin');
  assert.match(
    (await cli('schedules')).out,
    new RegExp(`^${id}  active  every hour \\(Europe/Berlin\\)  say ahoy`),
  );
  assert.equal((await cli('schedules', 'run', id)).code, 0);
  assert.match((await cli('schedules', 'history', id)).out, /due|submitted/);
  const unclear = await cli('schedules', 'add', 'every day at 9 say x', '--yes');
  assert.equal(unclear.code, 1);
  assert.match(unclear.err, /every day at 21:00 say x/);
  assert.match((await cli('do', 'schedules')).out, new RegExp(`deckhand do schedules pause ${id}`));
  assert.equal((await cli('do', 'frobnicate')).code, 1);
  assert.equal((await cli('schedules', 'delete', id)).out, 'Deleted.\n');
});

test('erase-person asks first, waits until logs are clear, and verify says what is gone', async (t) => {
  const { cli, stage } = await openCli(t);
  const { core } = stage;
  const ana = await stage.addPerson('Ana', 'member');
  const asked = await call(
    stage.url,
    'POST',
    '/v1/threads',
    { text: '$ uname' },
    { authorization: `Bearer ${ana.key}` },
  );
  const { sessionId } = asked.body.message.content.outcome;
  const unsure = await cli('erase-person', 'Ana');
  assert.deepEqual([unsure.code, unsure.out], [1, '']);
  assert.match(unsure.err, /erased here, for good[\s\S]+say --yes/);
  const nobody = await cli('erase-person', 'Eve', '--yes');
  assert.match(nobody.err, /Nobody is called Eve/);
  const cleared = until(async () => {
    await core.erasures.goOn();
    const facts = await core.erasures.of(ana.user.userId);
    return facts && facts.state !== 'clearing' ? facts : null;
  }, 'the erasure');
  const [done, facts] = await Promise.all([cli('erase-person', 'Ana', '--yes'), cleared]);
  assert.equal(done.code, 0, done.err);
  assert.equal(done.out, `sweeping: ${facts.events} events of ${ana.user.userId} lost their words.\n`);
  const verified = await cli('verify', sessionId);
  assert.match(verified.out, /events \(\d+ erased on request\), head/);
  assert.equal(verified.code, 0);
});
