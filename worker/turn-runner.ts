import { mustBeFor } from '#core/approvals/answered.ts';
import type { ApprovalFacts, Approvals } from '#core/approvals/ports.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import type { Notices } from '#core/chat/notices-port.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Appender } from '#core/events/appender.ts';
import { TurnJournal } from '#core/events/journal.ts';
import type { Harness, LogEvent, Person } from '#core/events/types.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { Bell, Live } from '#core/live/ports.ts';
import type { Log } from '#core/log.ts';
import type { McpSightings } from '#core/mcp/ports.ts';
import type { ScheduleDesk } from '#core/schedules/desk.ts';
import type { SessionFacts, Sessions } from '#core/sessions/ports.ts';
import type { Snapshots } from '#core/sessions/snapshots-port.ts';
import type { Claim, Claims } from '#core/turns/ports.ts';
import type { Steers } from '#core/turns/steers.ts';
import type { AgentOutcome, Decision } from './agent/port.ts';
import { askToSignIn } from './ask-to-sign-in.ts';
import { gitIdentity } from './git-identity.ts';
import { openLostFiles, type TellLost } from './lost-files.ts';
import { TurnServers } from './mcp/turn-servers.ts';
import { readPast, readThread } from './past-turns.ts';
import { recordUsage } from './record-usage.ts';
import type { Sandbox, Sandboxes } from './sandbox/port.ts';
import type { StopSignals } from './stop-signals.ts';
import { enterDoor, knockAs, throughDoor, type WayOut } from './turn-door.ts';
import { finish, settleFailure, wait } from './turn-ending.ts';
import { beginOrResume, type HarnessDeps, type Offer } from './turn-harness.ts';
import {
  type Delivery,
  openTurnSandbox,
  type SandboxWishes,
  withEnvironment,
  withInbox,
} from './turn-sandbox.ts';
import { openTurnSchedules } from './turn-schedules.ts';
import { openTurnSteers } from './turn-steers.ts';
import { type Watch, watchClaim } from './watch-claim.ts';

export interface RunnerDeps extends HarnessDeps {
  sandboxes: Sandboxes;
  way: WayOut | null;
  claims: Claims;
  approvals: Approvals;
  sessions: Sessions;
  snapshots: Snapshots;
  steers: Steers;
  appender: Appender;
  blobs: Blobs;
  files: Files;
  identities: Identities;
  desk: ScheduleDesk;
  mcpSightings: McpSightings;
  notices: Pick<Notices, 'keep'>;
  bell: Bell;
  live: Live;
  stops: StopSignals;
  log: Log;
  limits: { commandTimeoutMs: number; approvalLifeMs: number; maxFileBytes: number };
}

/** A turn that takes its worker down this often without getting any further is ended. */
const maxFruitlessCrashes = 5;

/**
 * Runs a claimed turn until it ends, waits, or is given back; never throws. Whatever happens, the turn is left in a
 * state that its thread shows.
 */
export async function runTurn(claim: Claim, deps: RunnerDeps, shutdown: AbortSignal): Promise<void> {
  const log = deps.log.child({ session: claim.sessionId, turn: claim.turnId, epoch: claim.epoch });
  const watch = watchClaim(claim, deps, shutdown);
  let journal: TurnJournal | null = null;
  let saves = false;
  try {
    const events = await deps.sessions.turnEvents(claim.turnId);
    // Asked for while another worker had it; what is asked for from now on is heard.
    if (events.some(({ type }) => type === 'turn.stop_requested')) watch.look();
    journal = new TurnJournal(claim, events, {
      appender: deps.appender,
      payloads: deps.blobs,
      now: () => new Date(),
    });
    if (fruitlessCrashes(events) >= maxFruitlessCrashes) throw crashedOften();
    const outcome = await runAgent(claim, events, journal, deps, watch, (harness) => {
      saves = harness.save === 'turn';
    });
    await journal.flushed();
    if (outcome.kind === 'waiting') await wait(claim, outcome.asks, deps);
    else {
      const result = { answer: outcome.answer, error: null, usage: outcome.usage };
      await finish(claim, 'succeeded', result, deps, saves);
    }
  } catch (error) {
    await settleFailure(claim, journal, watch.ended() ?? error, deps, log, saves);
  } finally {
    watch.stop();
    deps.live.publish({ kind: 'events', sessionId: claim.sessionId });
  }
}

async function runAgent(
  claim: Claim,
  events: LogEvent[],
  journal: TurnJournal,
  deps: RunnerDeps,
  watch: Watch,
  onHarness: (harness: Harness) => void,
): Promise<AgentOutcome> {
  const [asked] = foldDocuments(events);
  if (!asked) throw new DeckhandError('turn.broken', 'The log of this turn has no beginning.');
  const startsNow = !events.some((event) => event.type === 'turn.started');
  const told = readPast(deps.sessions, claim.sessionId, claim.turnId, startsNow);
  const [decided, session] = await Promise.all([
    deps.approvals.ofTurn(claim.turnId),
    deps.sessions.byId(claim.sessionId),
  ]);
  if (!session) throw new DeckhandError('turn.broken', 'The session of this turn is gone.');
  const { steers, deliveries } = openTurnSteers(claim, asked.files, events, deps.steers);
  const given = { author: asked.author, session, deliveries };
  const tellLost = openLostFiles(claim.sessionId, deps.snapshots, (type, body) => journal.append(type, body));
  let tools: Tools | null = null;
  // The template says what sandbox it wants, and its tool servers may live there.
  const toolsFor = (wishes: SandboxWishes): Tools => {
    tools ??= openTools(claim, given, wishes, { ...deps, tellLost }, watch.signal);
    return tools;
  };
  await using _ = { [Symbol.asyncDispose]: async () => tools?.servers.close() };
  const offer: Offer = (template) => toolsFor(template).servers.offer(template.mcp);
  const harness = await beginOrResume(claim, events, journal, asked.author, session, offer, deps);
  onHarness(harness);
  deps.live.publish({ kind: 'events', sessionId: claim.sessionId });
  const { sandbox, servers } = toolsFor(harness);

  const run = deps.agent.run({
    sessionId: claim.sessionId,
    turnId: claim.turnId,
    harness,
    journal,
    author: asked.author,
    text: asked.text,
    files: asked.files,
    quoted: asked.quoted,
    ...told,
    replay: false,
    sandbox,
    steers,
    readSkill: deps.skills.read,
    readThread: (skip, count) => readThread(deps.sessions, claim.sessionId, claim.turnId, { skip, count }),
    decision: (callId, fingerprint) => decisionOn(decided, callId, fingerprint),
    sendFile: async (name, mediaType, content) => {
      const { hash, size } = await deps.blobs.put(content, deps.limits.maxFileBytes);
      const file = await deps.files.add(
        { name, mediaType, size, blob: hash },
        'out',
        asked.author.userId,
        claim.turnId,
      );
      await journal.append('file.sent', { file });
      return file;
    },
    servers,
    schedules: openTurnSchedules(session, asked.author, harness.clock, deps),
    live: deps.live,
    signal: watch.signal,
    limits: { commandTimeoutMs: deps.limits.commandTimeoutMs },
  });
  // Also of a run that failed: it has cost what it has cost.
  return await run.finally(() => recordUsage(claim, asked.author.userId, harness, journal, deps));
}

/** What a turn's tools work with: its sandbox and its tool servers, and one door for both. */
interface Tools {
  sandbox: () => Promise<Sandbox>;
  servers: TurnServers;
}

function openTools(
  claim: Claim,
  given: { author: Person; session: SessionFacts; deliveries: readonly Delivery[] },
  wishes: SandboxWishes,
  deps: RunnerDeps & { tellLost: TellLost },
  signal: AbortSignal,
): Tools {
  const { way, mcpSightings: sightings } = deps;
  const { userId, name } = given.author;
  const viewer = { userId, workspaceId: given.session.workspaceId };
  const inside = openTurnSandbox(claim, userId, wishes, deps, signal);
  const enter = way && enterDoor(claim, viewer, way);
  const open = enter ? throughDoor(claim, enter, way.doors, inside) : inside;
  const identity = async () => {
    const user = await deps.identities.byId(userId);
    return gitIdentity({ userId, name, email: user?.email ?? null });
  };
  const sandbox = withInbox(withEnvironment(open, identity), given.deliveries, deps.blobs);
  const door = enter && knockAs(claim, enter, way.doors);
  const wantSignIn = (server: string) => askToSignIn(server, given, deps);
  const servers = { viewer, sightings, door, sandbox, wantSignIn, signal, now: Date.now };
  return { sandbox, servers: new TurnServers(servers) };
}

function fruitlessCrashes(events: LogEvent[]): number {
  let crashes = 0;
  for (const event of events) {
    if (event.type === 'effect.receipt') crashes = 0;
    if (event.type === 'turn.resumed' && event.body.reason === 'crash') crashes += 1;
  }
  return crashes;
}

function crashedOften(): DeckhandError {
  return new DeckhandError(
    'turn.crashed_often',
    `I was cut off ${maxFruitlessCrashes} times at the same place and gave up. An administrator finds the cause in the worker's log.`,
  );
}

function decisionOn(approvals: ApprovalFacts[], callId: string, fingerprint: string | null): Decision | null {
  const approval = approvals.find((candidate) => candidate.effectKey === callId);
  if (!approval || approval.state === 'open') return null;
  mustBeFor(approval.fingerprint, fingerprint);
  if (approval.state === 'expired') return { granted: false, by: null };
  return { granted: approval.state === 'granted', by: approval.decidedBy?.name ?? 'somebody' };
}
