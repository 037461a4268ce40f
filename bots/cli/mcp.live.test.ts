import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { printOfReach } from '#core/mcp/pin.ts';
import { openCli } from './testing/open-cli.ts';

const text = `format: 1
mcp:
  files:
    command: serve-files
    approvals: { read: never }
`;

test('mcp list shows the servers of a template, their state, and which tools ask', async (t) => {
  const { cli, stage } = await openCli(t);
  const none = await cli('mcp', 'list');
  assert.match(none.out, /The template assistant names no tool servers\. They stand under `mcp`/);

  const file = join(stage.core.home, 'template.yaml');
  await writeFile(file, text);
  assert.equal((await cli('template', 'check', file)).code, 0);
  assert.equal((await cli('template', 'save', 'assistant', file)).code, 0);
  assert.match((await cli('mcp', 'list')).out, /^files +not asked yet/);

  const { workspaceId, userId } = await stage.core.identities.localOwner();
  const tool = { description: '', parameters: {}, readOnly: true, idempotent: false, print: '' };
  await stage.core.mcpSightings.note(
    { workspaceId, userId },
    {
      server: 'files',
      print: printOfReach({ kind: 'stdio', command: 'serve-files' }),
      state: 'up',
      notes: ['"a b" is left out'],
      tools: [
        { ...tool, name: 'read' },
        { ...tool, name: 'write' },
      ],
    },
  );
  const { out } = await cli('mcp', 'list', 'assistant');
  assert.match(out, /^files +up, 2 tools, as your turns saw it at /);
  assert.match(out, /\$ serve-files/);
  assert.match(out, /! "a b" is left out/);
  assert.match(out, / {6}files__read\n {4}\? files__write/);
  const [server] = JSON.parse((await cli('mcp', 'list', '--json')).out);
  assert.equal(server.state, 'up');

  await writeFile(file, `${text}    timeout: 1 hour\n`);
  const faulty = await cli('template', 'check', file);
  assert.equal(faulty.code, 1);
  assert.match(faulty.err, /line 6: mcp\.files\.timeout should be a whole number of seconds/);
});
