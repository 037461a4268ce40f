import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustBeFor } from '#core/approvals/answered.ts';
import { visible } from '#core/approvals/visible.ts';
import { commandApproval } from './approvals.ts';
import { callTool, say, scriptedModel } from './testing/scripted-model.ts';
import { Stage } from './testing/stage.ts';

const plain = { workdir: '/workspace', careful: null, why: null };

for (const cmd of [
  'rm -rf /',
  'sudo rm -r -f / --no-preserve-root',
  'cd x && rm -fr ~',
  'rm -rf /*',
  'mkfs.ext4 /dev/sda1',
  'dd if=/dev/zero of=/dev/sda bs=1M',
  'git push --force origin main',
  'git push -f',
  'git -C repo push origin main --force-with-lease',
  'terraform -chdir=prod destroy -auto-approve',
  'kubectl -n prod delete pod web-0',
  'helm uninstall web',
  'psql -c "DROP TABLE users"',
]) {
  test(`asks before: ${cmd}`, () => assert.ok(commandApproval({ ...plain, cmd })));
}

for (const cmd of [
  'ls -la /',
  'rm -rf build /tmp/x',
  'rm -rf ./node_modules',
  'git push origin feature-force',
  'git push --follow-tags',
  'terraform plan',
  'kubectl get pods',
  'dd if=a of=b',
  'grep -rf patterns /',
]) {
  test(`does not ask before: ${cmd}`, () => assert.equal(commandApproval({ ...plain, cmd }), null));
}

test('what cannot be seen is spelled out in a question', () => {
  const ask = commandApproval({
    ...plain,
    cmd: 'echo \u202Efr\u200b\u001b[2J',
    careful: true,
    why: 'be\u2066cause',
  });
  assert.equal(ask?.subject, 'echo <U+202E>fr<U+200B><U+001B>[2J');
  assert.equal(ask?.why, 'be<U+2066>cause');
  assert.equal(visible('tab\tand\nline'), 'tab\tand\nline');
});

test('I7: questions that look alike have different fingerprints when what would run differs', async () => {
  const prints = new Set<string>();
  for (const cmd of ['echo \u202E', 'echo <U+202E>']) {
    const model = scriptedModel([[callTool('exec_command', { cmd, careful: true }, 'call_a')]]);
    const outcome = await new Stage({ model }).run();
    assert.equal(outcome.kind, 'waiting');
    if (outcome.kind !== 'waiting') return;
    assert.equal(outcome.asks[0]?.request.subject, 'echo <U+202E>');
    prints.add(outcome.asks[0]?.fingerprint ?? '');
  }
  assert.equal(prints.size, 2);
});

test('I7: a question says where the command would run, and another folder or time limit is another question', async () => {
  const asked = async (args: object) => {
    const model = scriptedModel([
      [callTool('exec_command', { cmd: 'make clean', careful: true, ...args }, 'call_a')],
    ]);
    const outcome = await new Stage({ model }).run();
    assert.equal(outcome.kind, 'waiting');
    return outcome.kind === 'waiting' ? outcome.asks[0] : undefined;
  };
  const here = await asked({});
  const there = await asked({ workdir: '/etc\u202E' });
  const shorter = await asked({ timeout_ms: 10 });
  assert.equal(here?.request.title, 'run a command');
  assert.equal(there?.request.title, 'run a command, in /etc<U+202E>');
  assert.equal(new Set([here, there, shorter].map((ask) => ask?.fingerprint)).size, 3);
});

test('I7: an answer to another question than this runs nothing and ends the turn with a reason', async () => {
  const model = scriptedModel([[callTool('exec_command', { cmd: 'ship', careful: true }, 'call_a')]]);
  const stage = new Stage({ model });
  const decision = (_callId: string, fingerprint: string | null) => {
    mustBeFor('something else', fingerprint);
    return { granted: true, by: 'Ana' };
  };
  await assert.rejects(stage.run({ decision }), { code: 'approval.other' });
  assert.deepEqual(stage.sandbox.started, []);
});

test('the reason given is no part of the fingerprint: the same command is the same thing to allow', async () => {
  const prints = new Set<string | undefined>();
  for (const why of ['it is time', 'it is late']) {
    const model = scriptedModel([[callTool('exec_command', { cmd: 'ship', careful: true, why }, 'call_a')]]);
    const outcome = await new Stage({ model }).run();
    prints.add(outcome.kind === 'waiting' ? outcome.asks[0]?.fingerprint : why);
  }
  assert.equal(prints.size, 1);
});

test('several questions of one step come together, and each answer counts for its own call', async () => {
  const model = scriptedModel([
    [
      callTool('exec_command', { cmd: 'one', careful: true }, 'call_a'),
      callTool('exec_command', { cmd: 'two', careful: true }, 'call_b'),
      callTool('exec_command', { cmd: 'three' }, 'call_c'),
    ],
    [say('Done.')],
  ]);
  const stage = new Stage({ model });
  const first = await stage.run();
  assert.deepEqual(first.kind === 'waiting' && first.asks.map((ask) => ask.callId), ['call_a', 'call_b']);
  assert.deepEqual(stage.sandbox.started, ['three']);

  stage.decisions.set('call_b', { granted: true, by: 'Ana' });
  const second = await stage.run();
  assert.deepEqual(second.kind === 'waiting' && second.asks.map((ask) => ask.callId), ['call_a']);
  assert.deepEqual(stage.sandbox.started, ['three', 'two']);

  stage.decisions.set('call_a', { granted: false, by: 'Ben' });
  assert.equal(await stage.answer(), 'Done.');
  assert.deepEqual(stage.sandbox.started, ['three', 'two']);
  assert.match(JSON.stringify(model.requests.at(-1)?.input), /Denied by Ben/);
});

test('the same question asked again after a denial is a new question', async () => {
  const model = scriptedModel([
    [callTool('exec_command', { cmd: 'one', careful: true }, 'call_a')],
    [callTool('exec_command', { cmd: 'one', careful: true }, 'call_a')],
    [say('Done.')],
  ]);
  const stage = new Stage({ model });
  await stage.run();
  stage.decisions.set('call_a', { granted: false, by: 'Ana' });
  const again = await stage.run();
  assert.deepEqual(again.kind === 'waiting' && again.asks.map((ask) => ask.callId), ['call_1_0']);
});
