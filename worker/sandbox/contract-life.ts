import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, newSession, open, type SandboxHost, withWorkers } from './contract-ground.ts';

/** How long sandboxes and workspaces live, and who ends them. */
export function lifeContract(host: SandboxHost): void {
  test(
    'a workspace that is renewed is empty, also for another worker, and older claims cannot renew it',
    withWorkers(host, async (worker) => {
      const sessionId = newSession();
      const sandboxes = worker();
      const before = await open(sandboxes, sessionId, 1);
      await before.writeFile('left', Buffer.from('left'));
      await sandboxes.renew({ sessionId, userId: 'usr_ana', epoch: 2 });
      const after = await open(sandboxes, sessionId, 2);
      await assert.rejects(after.readFile('left', 10), { code: 'file.missing' });
      await after.writeFile('new', Buffer.from('new'));
      const fenced = { code: 'turn.fenced' };
      await assert.rejects(worker().renew({ sessionId, userId: 'usr_ana', epoch: 1 }), fenced);
      const elsewhere = await open(worker(), sessionId, 3);
      assert.equal(Buffer.from(await elsewhere.readFile('new', 10)).toString(), 'new');
    }),
  );

  test(
    'a workspace that has to be made is said to be, once, and to no other worker of the machine',
    withWorkers(host, async (worker) => {
      const sessionId = newSession();
      const made: string[] = [];
      const spec = { sessionId, userId: 'usr_ana', onMade: (from: string) => void made.push(from) };
      const here = worker();
      await here.open(spec);
      assert.deepEqual(made, ['empty']);
      await here.open(spec);
      await worker().open(spec);
      assert.deepEqual(made, ['empty']);
    }),
  );
  test(
    'one session has one workspace however often it is opened, another session has another',
    withWorkers(host, async (worker) => {
      const sandboxes = worker();
      const sessionId = newSession();
      const [first, second, third] = await Promise.all([
        open(sandboxes, sessionId),
        open(sandboxes, sessionId),
        open(sandboxes),
      ]);
      await first.writeFile('mine', Buffer.from('1'));
      assert.equal((await second.run(commandOf('cat mine'))).output, '1');
      await assert.rejects(third.readFile('mine', 10), { code: 'file.missing' });
    }),
  );

  test(
    'the workspace outlives the sandbox',
    withWorkers(host, async (worker) => {
      const sessionId = newSession();
      const before = worker();
      await (await open(before, sessionId)).writeFile('kept', Buffer.from('kept'));
      await before.close();
      assert.equal(
        Buffer.from(await (await open(worker(), sessionId)).readFile('kept', 10)).toString(),
        'kept',
      );
    }),
  );

  test(
    'a worker that leaves its sandboxes to the others cuts nothing off',
    withWorkers(host, async (worker) => {
      const sessionId = newSession();
      const [leaving, staying] = [worker(), worker()];
      await open(leaving, sessionId);
      const sandbox = await open(staying, sessionId);
      const begun = Promise.withResolvers<void>();
      const running = sandbox.run(commandOf('echo begun; sleep 1; echo ended'), {
        onOutput: () => begun.resolve(),
      });
      await begun.promise;
      await leaving.close({ leave: true });
      assert.equal((await running).output, 'begun\nended\n');
    }),
  );

  test(
    'the end of a turn ends what it left running, and makes no sandbox',
    withWorkers(host, async (worker) => {
      const sandboxes = worker();
      const sessionId = newSession();
      const sandbox = await open(sandboxes, sessionId);
      const begun = Promise.withResolvers<void>();
      const running = sandbox.run(commandOf('echo begun; sleep 60'), { onOutput: () => begun.resolve() });
      await begun.promise;
      await sandboxes.endTurn(sessionId);
      assert.equal((await running).outcome, 'interrupted');
      await sandboxes.endTurn(newSession());
      assert.equal(await sandboxes.reap(async (ids) => new Set(ids)), 0);
    }),
  );

  test(
    'sandboxes of sessions that nobody knows any more are removed',
    withWorkers(host, async (worker) => {
      const sandboxes = worker();
      const [known, forgotten] = [newSession(), newSession()];
      await Promise.all([open(sandboxes, known), open(sandboxes, forgotten)]);
      assert.equal(await sandboxes.reap(async () => new Set([known])), 1);
      assert.equal(await sandboxes.reap(async () => new Set([known])), 0);
    }),
  );
}
