import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newSession, open, type SandboxHost, withWorkers } from './contract-ground.ts';
import type { Program } from './port.ts';

/** What a program prints: the next piece, and all that is still to come. */
function heard({ stream }: Program): { next(): Promise<string>; rest(): Promise<string> } {
  const pieces = stream[Symbol.asyncIterator]();
  const next = async () => {
    const { done, value } = await pieces.next();
    return done ? '' : String(value);
  };
  const rest = async () => {
    let all = '';
    for (let piece = await next(); piece !== ''; piece = await next()) all += piece;
    return all;
  };
  // A program that is cut off ends its stream in one way or the other.
  return { next, rest: () => rest().catch(() => '') };
}

/** What every implementation does with programs that are talked to. */
export function programContract(host: SandboxHost): void {
  test(
    'a program is talked to over its standard streams, and ends with its input',
    withWorkers(host, async (worker) => {
      const program = await (await open(worker())).serve('cat');
      const { next, rest } = heard(program);
      program.stream.write('one\n');
      assert.equal(await next(), 'one\n');
      program.stream.end('two\n');
      assert.equal(await rest(), 'two\n');
    }),
  );

  test(
    'a program that cannot be started ends at once and says why',
    withWorkers(host, async (worker) => {
      const program = await (await open(worker())).serve('no-such-program');
      assert.equal(await heard(program).rest(), '');
      assert.match(program.said(), /no-such-program: command not found/);
    }),
  );

  test(
    'the end of a turn ends its programs',
    withWorkers(host, async (worker) => {
      const sandboxes = worker();
      const sessionId = newSession();
      const program = await (await open(sandboxes, sessionId)).serve('cat');
      const { next, rest } = heard(program);
      program.stream.write('one\n');
      assert.equal(await next(), 'one\n');
      await sandboxes.endTurn(sessionId);
      assert.equal(await rest(), '');
    }),
  );

  test(
    'I8: once a newer claim has opened the sandbox, a program of the older one hears nothing more and ends',
    withWorkers(host, async (worker) => {
      const sessionId = newSession();
      const before = await open(worker(), sessionId, 3);
      const early = await before.serve('cat');
      early.stream.on('error', () => {});
      const { next, rest } = heard(early);
      early.stream.write('one\n');
      assert.equal(await next(), 'one\n');
      await open(worker(), sessionId, 4);
      early.stream.write('late\n');
      assert.equal(await rest(), '');
      const late = await before.serve('cat');
      late.stream.on('error', () => {});
      late.stream.write('later\n');
      assert.equal(await heard(late).rest(), '');
    }),
  );
}
