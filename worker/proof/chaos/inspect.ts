import { exportLines, type LogExport, readExport } from '#core/events/export.ts';
import { openVerifier } from '#core/events/signing.ts';
import { verifyLog } from '#core/events/verify.ts';
import type { Core } from '#core/infra/open-core.ts';
import { openSigningKey } from '#core/infra/signing-key.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';
import { replaySession } from '#worker/replay/replay.ts';
import type { DockerForTests } from '#worker/sandbox/docker/engine-for-tests.ts';
import { type Held, recoveries } from './recovery.ts';
import type { Loss } from './role-keeper.ts';
import { chaosVersion } from './role-settings.ts';
import { effectsFile, type Message, markedIn } from './script.ts';

/** What is found when a run is over. */
export interface Findings {
  effects: Map<string, number>;
  unfinished: Set<string>;
  /** Turns that ended `failed`: allowed when visible, yet worth a look. */
  failed: number;
  maxRecoveryMs: number;
  /** Logs that do not verify or replay differently, processes that ended by themselves. */
  broken: string[];
}

const maxEffectsBytes = 1_000_000;

/** Reads the workspaces, verifies every log, and sees what is left undone. */
export async function inspect(
  core: Core,
  docker: DockerForTests,
  { script, losses, held }: { script: readonly Message[]; losses: readonly Loss[]; held: readonly Held[] },
  home: string,
): Promise<Findings> {
  const broken = losses
    .filter(({ how }) => how !== 'SIGKILL')
    .map(({ worker, how }) => `${worker ?? 'bots'} ended by itself: ${how}`);
  const verifier = openVerifier([openSigningKey(home).publicKey]);
  const effects = new Map<string, number>();
  let maxRecoveryMs = 0;
  for (const session of await core.sessions.list({ limit: 100 })) {
    const rows = await core.sessions.rows(session.sessionId, 0, 100_000);
    const verdict = await verifyLog(session.sessionId, rows, verifier, {
      seq: session.headSeq,
      hash: session.headHash,
    });
    if (!verdict.ok) broken.push(`the log of ${session.sessionId} does not verify: ${verdict.fault.message}`);
    const { divergence } = await replaySession(await exported(core, session), chaosVersion);
    if (divergence) broken.push(`the replay of ${session.sessionId} diverges: ${JSON.stringify(divergence)}`);
    maxRecoveryMs = Math.max(maxRecoveryMs, ...recoveries(rows, held));
    for (const token of await readEffects(core, docker, session))
      effects.set(token, (effects.get(token) ?? 0) + 1);
  }
  const unfinished = new Set<string>();
  let failed = 0;
  const { rows: turns } = await core.database.pool.query<{ text: string; state: string }>(
    `SELECT text, state FROM turn WHERE state IN ('queued', 'running', 'waiting', 'failed')`,
  );
  for (const { text, state } of turns) {
    const message = markedIn(text, script);
    if (state === 'failed') failed += 1;
    else if (message) unfinished.add(message.eventId);
  }
  return { effects, unfinished, failed, maxRecoveryMs, broken };
}

async function exported(core: Core, { sessionId, headSeq, headHash }: SessionFacts): Promise<LogExport> {
  const lines: string[] = [];
  const rows = (after: number) => core.sessions.rows(sessionId, after, 1000);
  const head = { seq: headSeq, hash: headHash };
  for await (const line of exportLines(sessionId, head, rows, core.blobs.get)) lines.push(line);
  return readExport(lines.join('\n'));
}

/** The lines that commands left in the session's workspace. */
async function readEffects(core: Core, docker: DockerForTests, session: SessionFacts): Promise<string[]> {
  const sandboxes = docker.worker({
    uidFor: async (userId) => (await core.identities.byId(userId))?.uid ?? 0,
  });
  const sandbox = await sandboxes.open({ sessionId: session.sessionId, userId: session.ownerId });
  const content = await sandbox.readFile(effectsFile, maxEffectsBytes).catch(() => Buffer.from(''));
  return Buffer.from(content).toString('utf8').split('\n').filter(Boolean);
}
