import { Duplex } from 'node:stream';
import { WORKSPACE } from '../limits.ts';
import type { Program } from '../port.ts';
import type { EngineCalls } from './engine-calls.ts';
import { environmentOf } from './environment.ts';
import { ExecStream } from './exec-stream.ts';
import { HELPER, WORKSPACE_GID } from './options.ts';

const saidKept = 4000;

/** Starts a program under a person's uid; the helper beside it passes on only what comes from a claim that stands. */
export async function openProgram(
  engine: EngineCalls,
  container: string,
  { uid, epoch, script }: { uid: number; epoch: number; script: string },
): Promise<Program> {
  const raw = await engine.attach(container, {
    Cmd: [HELPER, 'serve', `${epoch}`, script],
    User: `${uid}:${WORKSPACE_GID}`,
    Env: environmentOf(uid),
    WorkingDir: WORKSPACE,
  });
  let said = '';
  const parts = new ExecStream();
  const stream = new Duplex({
    read: () => raw.resume(),
    write: (chunk: Uint8Array, _encoding, done) => {
      raw.write(chunk, done);
    },
    final: (done) => {
      raw.end();
      done();
    },
    destroy: (error, done) => {
      raw.destroy();
      done(error);
    },
  });
  raw.on('data', (chunk: Buffer) => {
    for (const { stream: from, data } of parts.push(chunk)) {
      if (from === 'stderr') said = (said + data.toString()).slice(-saidKept);
      else if (!stream.push(Buffer.from(data))) raw.pause();
    }
  });
  raw.on('error', (error: Error) => stream.destroy(error));
  raw.once('end', () => stream.push(null));
  raw.once('close', () => {
    if (!stream.readableEnded) stream.destroy();
  });
  return { stream, said: () => said.toWellFormed() };
}
