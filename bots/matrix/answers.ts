import type { Controls, Presser } from '#bots/controls.ts';
import type { SayNotice } from '#bots/notices.ts';
import type { ApprovalFacts, Approvals } from '#core/approvals/ports.ts';
import type { ApprovalScope } from '#core/approvals/types.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import type { Notices } from '#core/chat/notices-port.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { Turns } from '#core/turns/ports.ts';
import type { Homeserver } from './homeserver.ts';
import { relationOf } from './message.ts';
import type { People } from './people.ts';
import { cardField, type MatrixEvent, matrixThread, noThread, serverOf } from './types.ts';

export interface AnswersDeps {
  approvals: Approvals;
  identities: Identities;
  notices: Pick<Notices, 'kept' | 'mark'>;
  sessions: Sessions;
  turns: Turns;
  controls: Controls;
  homeserver: Homeserver;
  people: People;
  say: SayNotice;
}

/** Answers to open questions: reactions, and words in the thread. */
export interface Answers {
  reacted(roomId: string, event: MatrixEvent): Promise<void>;
  /** Takes a message that consists of an answer, while a question is open in its thread. */
  said(given: Pick<InboundMessage, 'thread' | 'eventId' | 'author' | 'text'> & Saying): Promise<boolean>;
}

const mostWaiting = 1_000;

interface Saying {
  /** Was it said without addressing us? With it, commands mean what they mean everywhere. */
  bare: boolean;
}

interface Choice {
  grant: boolean;
  scope: ApprovalScope;
}

/** Clients may add words or variation selectors of their own; the sign is what counts. */
function choiceOf(key: string): Choice | null {
  if (key.startsWith('✅')) return { grant: true, scope: 'once' };
  return key.startsWith('❌') ? { grant: false, scope: 'once' } : null;
}

const words: Record<string, Choice> = {
  allow: { grant: true, scope: 'once' },
  'allow once': { grant: true, scope: 'once' },
  'allow in this thread': { grant: true, scope: 'thread' },
  always: { grant: true, scope: 'always' },
  deny: { grant: false, scope: 'once' },
};

/** Has the newest request that waits told to what runs, as its note offers. */
const steerWords = 'steer now';

/**
 * What our own card asked for when somebody reacted: a card may have grown since it was posted. "Homeservers … bundle
 * … the most recent edit" (client-server API, "Server-side aggregation of m.replace relationships").
 */
function cardRead(post: MatrixEvent, reaction: MatrixEvent): { id: string; revision: number } | null {
  const bundled = post.unsigned?.['m.relations']?.['m.replace'] as MatrixEvent | undefined;
  const seen = bundled?.sender === post.sender && bundled.origin_server_ts <= reaction.origin_server_ts;
  const fresh = seen ? bundled.content['m.new_content'] : null;
  return cardOf(fresh as MatrixEvent['content'] | null) ?? cardOf(post.content);
}

function cardOf(content: MatrixEvent['content'] | null): { id: string; revision: number } | null {
  if (!content) return null;
  const card = content[cardField];
  if (typeof card !== 'object' || card === null || !('id' in card) || !('revision' in card)) return null;
  const { id, revision } = card;
  return typeof id === 'string' && typeof revision === 'number' ? { id, revision } : null;
}

export function openAnswers(deps: AnswersDeps): Answers {
  const { approvals, controls, homeserver, people, say } = deps;
  const server = serverOf(homeserver.userId);

  async function decide(
    approval: ApprovalFacts,
    choice: Choice & { revision: number },
    by: Presser,
    thread: ThreadRef,
  ): Promise<void> {
    if (await hasDecided(approval, by)) return;
    const refusal = await controls.decide(by, approval.approvalId, choice);
    // One explanation a person, however often they press.
    const key = `matrix/answer/${approval.approvalId}/${by.account.accountId}`;
    if (refusal) await say({ key, thread, text: `${by.account.name}: ${refusal}` });
  }

  /** The same answer again, after a crash say, changes nothing and needs no word. */
  async function hasDecided({ state, decidedBy }: ApprovalFacts, by: Presser): Promise<boolean> {
    if (state === 'open' || !decidedBy) return false;
    const workspace = { externalId: by.workspace, name: by.workspace };
    const account = { id: by.account.accountId, name: by.account.name };
    const { userId } = await deps.identities.resolve(by.platform, workspace, account);
    return userId === decidedBy.userId;
  }

  /** False: nothing of theirs waits in this thread, so it is something else that they say. */
  async function steered(given: Pick<InboundMessage, 'thread' | 'eventId' | 'author'>): Promise<boolean> {
    const { thread, eventId, author: account } = given;
    // The same words again, after a crash say, are about the request that was the newest then.
    const key = `matrix/${eventId}/steer`;
    if (await deps.notices.kept(key)) return true;
    const session = await deps.sessions.byThread(thread);
    if (!session) return false;
    const place = { externalId: server, name: server };
    const { userId } = await deps.identities.resolve('matrix', place, {
      id: account.accountId,
      name: account.name,
    });
    const waiting = await deps.turns.queued(session.sessionId, mostWaiting);
    const mine = waiting.findLast(({ authorId }) => authorId === userId);
    if (!mine) return false;
    const by: Presser = { platform: 'matrix', workspace: server, account };
    const refusal = await controls.steer(by, mine.turnId);
    if (refusal) await say({ key, thread, text: `${account.name}: ${refusal}` });
    else await deps.notices.mark(key, thread);
    return true;
  }

  return {
    reacted: async (roomId, event) => {
      const relation = relationOf(event);
      const choice = choiceOf(relation?.key ?? '');
      if (!choice || relation?.rel_type !== 'm.annotation' || !relation.event_id) return;
      const post = await homeserver.event(roomId, relation.event_id);
      const card = post?.sender === homeserver.userId ? cardRead(post, event) : null;
      const approval = card && (await approvals.byId(card.id));
      if (!post || !card || !approval) return;
      const account = await people.author(roomId, event.sender);
      const thread = matrixThread(server, roomId, relationOf(post)?.event_id ?? noThread);
      const by: Presser = { platform: 'matrix', workspace: server, account };
      await decide(approval, { ...choice, revision: card.revision }, by, thread);
    },

    said: async ({ thread, eventId, author, text, bare }) => {
      const word = text
        .trim()
        .toLowerCase()
        .replace(/[.!]+$/, '');
      if (bare && word === steerWords && (await steered({ thread, eventId, author }))) return true;
      const choice = words[word];
      const session = choice && (await deps.sessions.byThread(thread));
      const turn = session && (await deps.turns.current(session.sessionId));
      if (!choice || !turn) return false;
      const open = (await approvals.ofTurn(turn.turnId)).filter(({ state }) => state === 'open');
      const [approval] = open;
      if (!approval) return false;
      const by: Presser = { platform: 'matrix', workspace: server, account: author };
      if (open.length === 1) {
        await decide(approval, { ...choice, revision: approval.revision }, by, thread);
      } else {
        const key = `matrix/answer/${turn.turnId}/${open.length}/${author.accountId}`;
        await say({
          key,
          thread,
          text: 'More than one question is open here. Answer each by a reaction on its own card.',
        });
      }
      return true;
    },
  };
}
