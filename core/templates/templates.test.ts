import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide, mayPassThrough } from '#core/policy/decide.ts';
import { parsePolicy } from '#core/policy/parse.ts';
import { canonicalRequest } from '#core/policy/request.ts';
import { memoryTemplateStore } from '#core/testing/memory-templates.ts';
import { toolStanding } from './merge.ts';
import { openTemplates } from './templates.ts';

const ana = { workspaceId: 'wsp_1', userId: 'usr_ana' };
const ben = { workspaceId: 'wsp_1', userId: 'usr_ben' };
const system = (name: string) => ({ layer: 'system', ownerId: '', name }) as const;
const own = (name: string) => ({ layer: 'user', ownerId: ana.userId, name }) as const;

test('a system template of the same name replaces the shipped one, and taken back removes it', async () => {
  const templates = openTemplates(memoryTemplateStore());
  await templates.save(system('infra'), 'format: 1\nabout: ours', ana);
  const { template } = await templates.resolve('infra', ana);
  assert.equal(template.about, 'ours');
  assert.deepEqual(
    template.layers.map(({ layer, version }) => `${layer} ${version}`),
    ['system 1'],
  );
  assert.deepEqual(
    (await templates.versions(system('infra'))).map(({ version }) => version),
    [1, 0],
  );
  await templates.save(system('infra'), null, ana);
  await assert.rejects(templates.resolve('infra', ana), { code: 'template.unknown' });
  await templates.save(system('infra'), (await templates.versions(system('infra'))).at(-1)?.text ?? '', ana);
  assert.match((await templates.resolve('infra', ana)).template.about, /Careful/);
});

test("a person's layer is theirs alone; what it cannot have is told when it is saved", async () => {
  const templates = openTemplates(memoryTemplateStore());
  const { version, notes } = await templates.save(
    own('assistant'),
    'format: 1\nlimits: {steps: 900}\ninstructions: be brief',
    ana,
  );
  assert.equal(version, 1);
  assert.deepEqual(notes, ['user: limits.steps 900 has no effect, 200 is set above it']);
  const texts = async (who: typeof ana) =>
    (await templates.resolve('assistant', who)).template.instructions.map(({ layer }) => layer);
  assert.deepEqual(await texts(ana), ['system', 'user']);
  assert.deepEqual(await texts(ben), ['system']);
  assert.deepEqual((await templates.list(ana)).find(({ name }) => name === 'assistant')?.layers, [
    { layer: 'system', version: 0 },
    { layer: 'user', version: 1 },
  ]);
});

test('a mistaken document or name is refused and nothing is kept', async () => {
  const templates = openTemplates(memoryTemplateStore());
  await assert.rejects(templates.save(own('assistant'), 'format: 9', ana), { code: 'template.invalid' });
  await assert.rejects(templates.save(own('Not A Name'), 'format: 1', ana), { code: 'template.invalid' });
  assert.deepEqual(await templates.versions(own('assistant')), []);
});

test('research only reads: by its tools and its policy, whatever the layers above allow', async () => {
  const { template } = await openTemplates(memoryTemplateStore()).resolve('research', ana);
  for (const tool of ['propose_schedule', 'delete_schedule'])
    assert.equal(toolStanding(template, tool), 'no');
  const system = parsePolicy('format: 1\npreset: internet\nrules: [{effect: allow, host: api.test}]', {
    layer: 'system',
    version: 1,
  });
  const [policy] = template.policies;
  assert.ok(policy);
  const effectOf = (method: string, host: string) => {
    const request = canonicalRequest({ method, scheme: 'https', authority: host, target: '/x' });
    return decide(request, { system, template: [policy] }).effect;
  };
  assert.equal(effectOf('GET', 'api.test'), 'allow');
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'MKCOL', 'LOCK', 'PROPPATCH', 'X-NEW'])
    assert.equal(effectOf(method, 'api.test'), 'deny', method);
  assert.equal(effectOf('GET', 'api.test:8443'), 'allow');
  const unread = parsePolicy('format: 1\nrules: [{effect: allow, host: api.test, passthrough: true}]', {
    layer: 'system',
    version: 1,
  });
  const layers = { system: unread, template: [policy] };
  assert.equal(mayPassThrough({ host: 'api.test', port: 443 }, layers), false, 'nothing goes through unread');
});
