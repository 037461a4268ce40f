import { mayDecide } from '#core/approvals/may-decide.ts';
import type { Approvals } from '#core/approvals/ports.ts';
import type { ApprovalScope } from '#core/approvals/types.ts';
import type { TurnDocument } from '#core/chat/document.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import type { Platform, ThreadRef } from '#core/chat/thread-ref.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Files } from '#core/files/ports.ts';
import { type SpeakPolicy, whyNotSpeak } from '#core/identity/may-speak.ts';
import type { Identities, UserFacts } from '#core/identity/ports.ts';
import { may } from '#core/identity/roles.ts';
import type { Bell, Live } from '#core/live/ports.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { Turns } from '#core/turns/ports.ts';
import type { Steers } from '#core/turns/steers.ts';
import type { HandleMessage } from './inbound.ts';

export interface ControlDeps {
  approvals: Approvals;
  files: Files;
  identities: Identities;
  sessions: Sessions;
  turns: Turns;
  steers: Steers;
  bell: Bell;
  live: Live;
  inbound: HandleMessage;
  policy: SpeakPolicy;
}

/** Who pressed a button or wrote a verb. */
export interface Presser {
  platform: Platform;
  workspace: string;
  account: InboundMessage['author'];
}

/** Null: it is done and the thread shows it. Otherwise words for the one who pressed: what happened instead. */
export type Pressed = string | null;

export interface Controls {
  decide(
    by: Presser,
    approvalId: string,
    answer: { grant: boolean; scope: ApprovalScope; revision: number },
  ): Promise<Pressed>;
  /** Also takes a queued turn back: the Cancel under a queue's note. */
  stop(by: Presser, turnId: string): Promise<Pressed>;
  /** Has a queued turn told to its author's own running one: the Steer now under a queue's note. */
  steer(by: Presser, turnId: string): Promise<Pressed>;
  /** Stops what runs in a thread and was asked before this moment: said again later, it stops nothing new. */
  stopThread(by: Presser, thread: ThreadRef, said: Date): Promise<Pressed>;
  /** Asks the same once more, in the name of whoever pressed. `pressId` makes a repeated press one. */
  retry(by: Presser, turnId: string, pressId: string): Promise<Pressed>;
  /** The last turn of a thread, as it stands. */
  lastTurn(thread: ThreadRef): Promise<TurnDocument | null>;
  turn(turnId: string): Promise<TurnDocument | null>;
}

/** What people do with buttons and verbs, the same on every platform. */
export function openControls(deps: ControlDeps): Controls {
  const { approvals, identities, sessions, turns, bell, live } = deps;

  async function presser(by: Presser): Promise<UserFacts | string> {
    const workspace = { externalId: by.workspace, name: by.workspace };
    const { accountId, name, standing = 'member' } = by.account;
    const user = await identities.resolve(by.platform, workspace, { id: accountId, name });
    const why = whyNotSpeak(user.role, standing, deps.policy);
    return why === null ? user : `You cannot do this: ${why}.`;
  }

  async function stop(user: UserFacts, turnId: string): Promise<Pressed> {
    if (!may(user.role, 'stop')) return 'You may look on here, but not stop anything.';
    const turn = await turns.byId(turnId);
    const state = turn && (await turns.stop(turnId, { userId: user.userId, name: user.name }));
    if (!turn || state === null) return 'This has already ended: there is nothing to stop.';
    const { sessionId } = turn;
    live.publish({ kind: 'events', sessionId });
    if (state === 'stopping') live.publish({ kind: 'stop', sessionId, turnId });
    else await bell.ring(sessionId);
    return null;
  }

  async function document(turnId: string): Promise<TurnDocument | null> {
    return foldDocuments(await sessions.turnEvents(turnId))[0] ?? null;
  }

  return {
    turn: document,
    lastTurn: async (thread) => {
      const session = await sessions.byThread(thread);
      if (!session) return null;
      return foldDocuments(await sessions.recentEvents(session.sessionId, 1))[0] ?? null;
    },

    decide: async (by, approvalId, answer) => {
      const user = await presser(by);
      if (typeof user === 'string') return user;
      const approval = await approvals.byId(approvalId);
      if (!approval) return 'This question is unknown here. It belongs to another Deckhand.';
      if (!mayDecide(user, approval)) {
        return 'Only the person who asked for this, or an administrator, can answer it.';
      }
      const who = { userId: user.userId, name: user.name };
      const decided = await approvals.decide(approvalId, { ...answer, by: who });
      live.publish({ kind: 'events', sessionId: approval.sessionId });
      if (!decided?.changed) return tooLate(decided?.now ?? approval);
      await bell.ring(approval.sessionId);
      return null;
    },

    stop: async (by, turnId) => {
      const user = await presser(by);
      return typeof user === 'string' ? user : await stop(user, turnId);
    },

    steer: async (by, turnId) => {
      const user = await presser(by);
      if (typeof user === 'string') return user;
      try {
        const { sessionId } = await deps.steers.ask(turnId, { userId: user.userId, name: user.name });
        live.publish({ kind: 'events', sessionId });
        return null;
      } catch (error) {
        if (error instanceof DeckhandError && error.code.startsWith('steer.')) return error.message;
        throw error;
      }
    },

    stopThread: async (by, thread, said) => {
      const user = await presser(by);
      if (typeof user === 'string') return user;
      const session = await sessions.byThread(thread);
      const turn = session && (await turns.current(session.sessionId));
      if (!turn) return 'Nothing runs in this thread: there is nothing to stop.';
      const [submitted] = await sessions.turnEvents(turn.turnId);
      const asked = submitted?.type === 'turn.submitted' ? Date.parse(submitted.body.sentAt) : 0;
      return asked < said.getTime() ? await stop(user, turn.turnId) : null;
    },

    retry: async (by, turnId, pressId) => {
      const turn = await document(turnId);
      const session = turn && (await sessions.byId(turn.sessionId));
      if (!turn || !session) return 'This request is unknown here.';
      const who = await presser(by);
      if (typeof who === 'string') return who;
      // A file belongs to one message: the same content is attached anew.
      const copies = turn.files.map(({ name, mediaType, size, blob }) =>
        deps.files.add({ name, mediaType, size, blob }, 'in', who.userId, null),
      );
      const outcome = await deps.inbound({
        thread: session.thread,
        eventId: pressId,
        author: by.account,
        text: turn.text,
        files: await Promise.all(copies),
        mention: true,
        sentAt: new Date().toISOString(),
      });
      return outcome.kind === 'refused' ? outcome.message : null;
    },
  };
}

function tooLate({ state, decidedBy }: { state: string; decidedBy: { name: string } | null }): string {
  if (state === 'open') return 'The question has changed or its time is up. Look at it again, then answer.';
  return `This is already ${state}${decidedBy ? ` by ${decidedBy.name}` : ''}. Your answer changed nothing.`;
}
