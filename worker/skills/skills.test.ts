import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { callTool, say, scriptedModel } from '#worker/agent/testing/scripted-model.ts';
import { Stage } from '#worker/agent/testing/stage.ts';
import { openSkills } from './skills.ts';

async function open(t: TestContext, files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'deckhand-skills-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const notes: string[] = [];
  return { folder, notes, skills: openSkills({ folders: [folder], onNote: (note) => notes.push(note) }) };
}

const deploy = '---\nname: deploy\ndescription: How we\n  deploy.\n---\nAsk Ben first. See steps.md.\n';

test('skills are listed by name with their description, and read file by file', async (t) => {
  const { skills } = await open(t, {
    'deploy/SKILL.md': deploy,
    'deploy/steps.md': '1. wait',
    'backup/SKILL.md': '---\ndescription: How backups are checked.\n---\nLook.',
  });
  assert.deepEqual(await skills.list(), [
    { name: 'backup', description: 'How backups are checked.' },
    { name: 'deploy', description: 'How we deploy.' },
  ]);
  assert.match(await skills.read('deploy', 'SKILL.md'), /Ask Ben first/);
  assert.equal(await skills.read('deploy', 'steps.md'), '1. wait');
});

test('a folder that cannot be used is left out and told once, with what would be right', async (t) => {
  const { skills, notes } = await open(t, {
    'deploy/SKILL.md': deploy,
    'Not A Name/SKILL.md': deploy,
    'headless/SKILL.md': 'no head',
    'silent/SKILL.md': '---\nname: silent\n---\n',
    'other/SKILL.md': deploy,
    'empty/readme.md': '',
  });
  assert.deepEqual(
    (await skills.list()).map(({ name }) => name),
    ['deploy'],
  );
  await skills.list();
  assert.equal(notes.length, 5);
  for (const words of [
    /should have a name/,
    /two lines of ---/,
    /line 1: .*description.*one line/s,
    /names it deploy/,
  ])
    assert.ok(
      notes.some((note) => words.test(note)),
      `${words}`,
    );
});

test('no path leads out of a skill, neither by dots nor by links', async (t) => {
  const { folder, skills } = await open(t, { 'deploy/SKILL.md': deploy, 'secret.txt': 'secret' });
  await symlink(join(folder, 'secret.txt'), join(folder, 'deploy', 'link.txt'));
  for (const file of ['../secret.txt', 'link.txt', '/etc/passwd', 'missing.md', '.'])
    await assert.rejects(skills.read('deploy', file), { code: 'skill.no_file' });
  await assert.rejects(skills.read('none', 'SKILL.md'), { code: 'skill.unknown' });
});

test('an agent sees the skills its template leaves it, reads them as an effect, and no other', async () => {
  const model = scriptedModel([
    [
      callTool('read_skill', { name: 'deploy' }, 'call_a'),
      callTool('read_skill', { name: 'hidden' }, 'call_b'),
    ],
    [say('Read.')],
  ]);
  const skills = [
    { name: 'deploy', description: 'How we deploy.' },
    { name: 'hidden', description: 'Not for this one.' },
  ];
  const stage = new Stage({ model, template: 'format: 1\nskills: [deploy]', start: { skills } });
  assert.equal(await stage.answer(), 'Read.');
  const [request] = model.requests;
  assert.match(String(request?.systemInstructions), /deploy: How we deploy\./);
  assert.doesNotMatch(String(request?.systemInstructions), /hidden/);
  const told = JSON.stringify(model.requests.at(-1)?.input);
  assert.match(told, /SKILL\.md of deploy/);
  assert.match(told, /There is no skill hidden\. There are: deploy/);
  assert.equal(stage.log.receipt('call_a/tool:0')?.outcome, 'done');
  assert.equal(
    await stage.answer({ replay: true, readSkill: () => Promise.reject(new Error('no')) }),
    'Read.',
  );
});

test('without skills no tool for them is offered', async () => {
  const model = scriptedModel([[say('Hi.')]]);
  await new Stage({ model }).answer();
  assert.ok(!model.requests[0]?.tools.some((tool) => tool.name === 'read_skill'));
});
