import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ApprovalFacts } from '#core/approvals/ports.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import type { Doors } from '#core/doors/ports.ts';
import { openDoors } from '#core/infra/egress/doors.ts';
import { openLeases } from '#core/infra/egress/leases.ts';
import type { Log } from '#core/log.ts';
import { enterSecrets, type NewSecret } from '#core/secrets/enter-secrets.ts';
import { collectedLog } from '#core/testing/collected-log.ts';
import { openTestCore, sayAccepted, type TestCore } from '#core/testing/core.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import { until } from '#core/testing/until.ts';
import { isFinal } from '#core/turns/state.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { createModels, type Models } from '#worker/agent/models/models.ts';
import { noSkills } from '#worker/agent/skills-port.ts';
import { type DockerForTests, dockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import { HELPER_UID, type SandboxOptions } from '#worker/sandbox/docker/options.ts';
import { startWorker } from '#worker/start-worker.ts';
import type { EgressForTests } from './egress-role.ts';
import { proveLogs } from './prove-log.ts';
import type { WorkerForTests } from './worker-role.ts';

export interface DoorStage {
  core: TestCore;
  /** Marks this stage's sandboxes at the engine. */
  instance: string;
  /** Every name that egress looked up. */
  looked: string[];
  /** All that the egress process has printed, and all that the worker has logged. */
  said(): { egress: string; worker: string };
  /** The name of the session's container. */
  container(sessionId: string): string;
  egress(): ChildProcess;
  /** Of a killable stage: kills the worker as a crash would, and starts another. */
  killWorker(): Promise<void>;
  /** Starts egress again, after its process was killed. */
  restartEgress(): Promise<void>;
  /** Runs a program in the session's sandbox that no turn knows of, as nobody's kernel user. */
  stray(sessionId: string, script: string): ChildProcess;
  /** Asks in a thread; `$ command` runs one. */
  ask(thread: string, text: string, by?: string): Promise<{ turnId: string; sessionId: string }>;
  /** The turn's document at its end. */
  ended(turnId: string): ReturnType<typeof documentAtEnd>;
  /** The turn's open question whose card says all of these. */
  card(turnId: string, ...words: string[]): Promise<ApprovalFacts>;
  answer(card: ApprovalFacts, grant: boolean, scope?: 'once' | 'thread' | 'always'): Promise<void>;
}

export type StageOptions = Partial<Pick<EgressForTests, 'roots' | 'holdMs'>> & {
  /** How long turns and cards are waited for, and how long a command may take. */
  patienceMs?: number;
  /** The system's policy. */
  policy?: string;
  /** Default: the demo model. */
  models?: Models;
  /** Opens a network that egress lives in: gives what to put before its command line. */
  network?: (place: { databaseUrl: string; image: string }) => Promise<readonly string[]>;
  /** `of` is a person's name; without it the secret is the workspace's. */
  secrets?: (NewSecret & { of?: string })[];
  /** Workers in processes of their own, which a test may kill. */
  killable?: boolean;
};

/** A worker with real sandboxes in this process, egress in one of its own, a real Postgres between them. */
export async function openDoorStage(t: Releases, options: StageOptions): Promise<DoorStage> {
  const releases = lastFirst(t);
  const core = await openTestCore(releases);
  const docker = await dockerForTests();
  releases.after(() => docker.clear());
  const { image } = docker.options;
  const inside = (await options.network?.({ databaseUrl: core.databaseUrl, image })) ?? [];
  const looked: string[] = [];
  let said = '';
  const startEgress = async () => {
    return startRole('egress-role.ts', settings, inside, looked, (text) => {
      said += text;
    });
  };
  const settings: EgressForTests = {
    databaseUrl: core.databaseUrl,
    home: core.home,
    roots: options.roots ?? [],
    holdMs: options.holdMs ?? 60_000,
    realNetwork: options.network !== undefined,
  };
  let egress = await startEgress();
  releases.after(async () => {
    if (egress.exitCode === null && egress.signalCode === null && egress.kill('SIGKILL'))
      await once(egress, 'exit');
  });
  const owner = await core.identities.localOwner();
  if (options.policy) await core.policies.save({ layer: 'system', owner: '' }, options.policy, owner.userId);
  for (const secret of options.secrets ?? []) await enter(core, secret);
  const workerLog = collectedLog('worker');
  const { patienceMs } = options;
  const doors = openDoors(core.database, core.live, { home: core.home, socketUid: HELPER_UID });
  const worker = options.killable
    ? await startKillable(core, docker.options, releases)
    : await startInProcess(
        core,
        docker,
        doors,
        { log: workerLog.log, models: options.models, commandTimeoutMs: patienceMs },
        releases,
      );
  const container = (sessionId: string) => `deckhand-${docker.options.instance}-${sessionId}`;
  return {
    core,
    instance: docker.options.instance,
    looked,
    said: () => ({ egress: said, worker: workerLog.lines() }),
    container,
    killWorker: () => worker.kill(),
    egress: () => egress,
    restartEgress: async () => {
      egress = await startEgress();
    },
    stray: (sessionId, script) =>
      spawn('docker', ['exec', '--user', '70999:60000', container(sessionId), 'bash', '-c', script]),
    ask: async (thread, text, by = 'ana') => {
      const submitted = await sayAccepted(core, thread, { text, by });
      await core.bell.ring(submitted.sessionId);
      return submitted;
    },
    ended: (turnId) => documentAtEnd(core, turnId, patienceMs),
    card: (turnId, ...words) =>
      until(
        async () => {
          const open = (await core.approvals.ofTurn(turnId)).filter(({ state }) => state === 'open');
          const said = (one: ApprovalFacts) => `${one.request.title}\n${one.request.subject}`;
          return open.find((one) => words.every((word) => said(one).includes(word))) ?? null;
        },
        `a card that says ${words.join(', ')}`,
        patienceMs,
      ),
    answer: async ({ approvalId, sessionId, revision }, grant, scope = 'once') => {
      const by = { userId: 'usr_ana', name: 'ana' };
      await core.approvals.decide(approvalId, { grant, scope, by, revision });
      core.live.publish({ kind: 'events', sessionId });
    },
  };
}

/** Runs turns; `kill` ends it in mid-work and starts the next one. */
interface StageWorker {
  kill(): Promise<void>;
}

async function startInProcess(
  core: TestCore,
  docker: DockerForTests,
  doors: Doors,
  {
    log,
    models = createModels({ demoPieceMs: 0 }),
    commandTimeoutMs = 60_000,
  }: { log: Log; models?: Models | undefined; commandTimeoutMs?: number | undefined },
  releases: Releases,
): Promise<StageWorker> {
  const sandboxes = docker.worker({ home: core.home, memoryMb: 512, diskMb: 256, door: doors });
  releases.after(() => sandboxes.close());
  const worker = await startWorker({
    core,
    agent: createAgent({ models, version: 'test' }),
    sandboxes,
    skills: noSkills,
    way: { doors, leases: openLeases(core.database), secrets: core.secrets },
    slots: 4,
    limits: { commandTimeoutMs, approvalLifeMs: 3_600_000, maxFileBytes: 1_000_000 },
    log,
  });
  releases.after(async () => {
    await worker.stop();
    await proveLogs(core, 'test');
  });
  return { kill: () => Promise.reject(new Error('this worker runs in the process of the test')) };
}

async function startKillable(
  core: TestCore,
  { instance, image, helper }: SandboxOptions,
  releases: Releases,
): Promise<StageWorker> {
  const settings: WorkerForTests = {
    databaseUrl: core.databaseUrl,
    home: core.home,
    sandbox: { instance, image, helper },
  };
  const start = () => startRole('worker-role.ts', settings, [], [], () => {});
  let child = await start();
  const kill = async () => {
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'))
      await once(child, 'exit');
  };
  releases.after(kill);
  return {
    kill: async () => {
      await kill();
      child = await start();
    },
  };
}

async function enter(core: TestCore, { of, ...secret }: NewSecret & { of?: string }): Promise<void> {
  const local = { externalId: 'local', name: 'local' };
  const id = of ?? 'ana';
  const { userId, workspaceId } = await core.identities.resolve('console', local, { id, name: id });
  const owner = { workspace: workspaceId, user: of === undefined ? null : userId };
  await enterSecrets(core.secrets, { owner, secrets: [secret], by: userId });
}

async function documentAtEnd(core: TestCore, turnId: string, patienceMs?: number) {
  return until(
    async () => {
      const [document] = foldDocuments(await core.sessions.turnEvents(turnId));
      return document && isFinal(document.state) ? document : null;
    },
    `the end of ${turnId}`,
    patienceMs,
  );
}

async function startRole(
  program: 'egress-role.ts' | 'worker-role.ts',
  settings: EgressForTests | WorkerForTests,
  inside: readonly string[],
  looked: string[],
  onText: (text: string) => void,
): Promise<ChildProcess> {
  const [execPath = process.execPath, ...args] = inside.length === 0 ? [] : [...inside, process.execPath];
  const child = fork(join(import.meta.dirname, program), [JSON.stringify(settings)], {
    execPath,
    execArgv: [...args, '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', onText);
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: { ready?: true; looked?: string }) => {
      if (message.looked) looked.push(message.looked);
      if (message.ready) resolve();
    });
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code} before it was ready`)));
  });
  return child;
}
