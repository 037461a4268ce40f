import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, newSession } from '#worker/sandbox/contract-ground.ts';
import { type DockerForTests, dockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import type { DockerSandboxes } from '#worker/sandbox/docker/sandboxes.ts';
import { type Found, percentile, rounded, told } from '../metric.ts';
import { openPeer, type Peer } from './peer.ts';

const rounds = 9;
const commandsARound = 5;
const parallel = 16;
const script = 'echo out';
/** A turn announces itself when it begins; its first command comes after a model has answered, which takes longer than this. */
const modelMs = 100;

interface Samples {
  peerCold: number[];
  peerCommand: number[];
  cold: number[];
  warm: number[];
  unannounced: number[];
  command: number[];
}

/** Sandboxes beside the Agents SDK's own, turn about in one run; targets of the design, section 12. */
export async function benchSandbox(say: (what: string) => void): Promise<Found[]> {
  const docker = await dockerForTests();
  try {
    say(`${rounds} rounds of each`);
    const samples = await sample(docker);
    say(`${parallel} starts at once`);
    const starts = await manyStarts(docker.worker());
    return [...linesOf(samples), ...starts];
  } finally {
    await docker.clear();
  }
}

async function sample(docker: DockerForTests): Promise<Samples> {
  const found: Samples = { peerCold: [], peerCommand: [], cold: [], warm: [], unannounced: [], command: [] };
  const cold = docker.worker();
  const warm = docker.worker({ warm: 1 });
  try {
    for (let round = 0; round < rounds; round += 1) {
      await samplePeer(docker.options.image, found);
      found.cold.push(await timed(() => startOne(cold, found.command)));
      await cold.close();
      await warm.warm();
      found.unannounced.push(await timed(() => startOne(warm)));
      await warm.warm();
      const sessionId = newSession();
      await warm.expect({ sessionId, userId: 'usr_ana' });
      await sleep(modelMs);
      found.warm.push(await timed(() => startOne(warm, [], sessionId)));
    }
  } finally {
    await Promise.all([cold.close(), warm.close()]);
  }
  return found;
}

async function samplePeer(image: string, { peerCold, peerCommand }: Samples): Promise<void> {
  let peer: Peer | undefined;
  try {
    peerCold.push(
      await timed(async () => {
        peer = await openPeer(image);
        await peer.run(script);
      }),
    );
    for (let n = 0; n < commandsARound; n += 1) peerCommand.push(await timed(async () => peer?.run(script)));
  } finally {
    await peer?.close();
  }
}

/** From nothing to a command's result; then more commands in it, measured one by one, outside of what is returned. */
async function startOne(
  worker: DockerSandboxes,
  commands?: number[],
  sessionId = newSession(),
): Promise<() => Promise<void>> {
  const sandbox = await worker.open({ sessionId, userId: 'usr_ana' });
  await sandbox.run(commandOf(script));
  return async () => {
    for (let n = 0; commands && n < commandsARound; n += 1)
      commands.push(await timed(async () => void (await sandbox.run(commandOf(script)))));
  };
}

/** Milliseconds of the work; what it returns is done after the clock has stopped. */
async function timed(work: () => Promise<void | (() => Promise<void>)>): Promise<number> {
  const from = performance.now();
  const after = await work();
  const took = performance.now() - from;
  await after?.();
  return took;
}

async function manyStarts(worker: DockerSandboxes): Promise<Found[]> {
  try {
    const times: number[] = [];
    const whole = await timed(async () => {
      await Promise.all(
        Array.from({ length: parallel }, async () => times.push(await timed(() => startOne(worker)))),
      );
    });
    return [
      told({ metric: `${parallel} cold starts at once, all`, value: rounded(whole), unit: 'ms' }),
      told({
        metric: `${parallel} cold starts at once, first`,
        value: rounded(Math.min(...times)),
        unit: 'ms',
      }),
      told({
        metric: `${parallel} cold starts at once, p50`,
        value: rounded(percentile(times, 0.5)),
        unit: 'ms',
      }),
    ];
  } finally {
    await worker.close();
  }
}

function linesOf(samples: Samples): Found[] {
  const median = (values: number[]) => percentile(values, 0.5);
  const peer = { cold: rounded(median(samples.peerCold)), command: rounded(median(samples.peerCommand)) };
  const lines: [string, number[], number, number | null][] = [
    ['cold start to first output', samples.cold, peer.cold, 0.8],
    ['warm claim to first output', samples.warm, peer.cold, 0.1],
    ['warm claim that no turn announced', samples.unannounced, peer.cold, null],
    ['command in a running sandbox', samples.command, peer.command, 0.15],
  ];
  return [
    told({ metric: 'Agents SDK, create and exec', value: peer.cold, unit: 'ms' }),
    told({ metric: 'Agents SDK, exec', value: peer.command, unit: 'ms' }),
    ...lines.flatMap(([metric, values, floor, target]): Found[] => [
      told({ metric, value: rounded(median(values)), unit: 'ms' }),
      ratio(metric, median(values) / floor, target),
    ]),
  ];
}

/** How much of the peer's time ours takes. */
function ratio(metric: string, value: number, target: number | null): Found {
  const met = target === null ? null : value <= target;
  return { metric: `${metric}, of the SDK's`, value: rounded(value), unit: '×', floor: 1, target, met };
}
