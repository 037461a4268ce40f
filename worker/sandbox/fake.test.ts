import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sandboxContract } from './contract.ts';
import { commandOf } from './contract-ground.ts';
import { FakeHost, FakeSandboxes } from './fake.ts';

describe('the fake sandbox keeps the contract', () => {
  const host = new FakeHost();
  sandboxContract({ worker: () => new FakeSandboxes(host) });
});

test('a prepared answer is given instead of running the script', async () => {
  const sandboxes = new FakeSandboxes();
  sandboxes.host.answer('make test', { exitCode: 2, output: 'one failed\n' });
  const sandbox = await sandboxes.open({ sessionId: 'ses_1', userId: 'usr_1' });
  const result = await sandbox.run(commandOf('make test'));
  assert.equal(result.exitCode, 2);
  assert.equal(result.output, 'one failed\n');
  assert.deepEqual(sandboxes.host.ran, ['make test']);
});
