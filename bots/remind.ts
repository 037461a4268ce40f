import type { ApprovalFacts, Approvals } from '#core/approvals/ports.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { rolesThatMay } from '#core/identity/roles.ts';
import type { Log } from '#core/log.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import { directTo, type ElsewhereDeps } from './elsewhere.ts';

export interface RemindDeps extends ElsewhereDeps {
  approvals: Approvals;
  sessions: Sessions;
  log: Log;
}

/** A question that nobody answered for this long is brought to each of its approvers directly, once. */
const afterMs = 15 * 60_000;
const everyMs = 60_000;
const batch = 500;

/** Reaches approvers by direct message, never by a second post in the thread. Gives what ends it. */
export function startReminding(deps: RemindDeps): { now(): Promise<void>; stop(): void } {
  const reminded = new Set<string>();

  async function remind({ approvalId, sessionId, authorId, request }: ApprovalFacts): Promise<void> {
    const session = await deps.sessions.byId(sessionId);
    for (const userId of session ? await approversOf(authorId, session.thread) : []) {
      const direct = session && (await directTo(deps, session.thread, userId));
      if (!direct) continue;
      const text = `✋ A question waits for you in ${direct.link}: may I ${request.title}?`;
      await deps.say({ key: `remind/${approvalId}/${userId}`, thread: direct.to, text });
    }
    reminded.add(approvalId);
  }

  /** Whoever `mayDecide` lets answer, and can be reached where it was asked. */
  async function approversOf(authorId: string, { platform, workspace }: ThreadRef): Promise<Set<string>> {
    const others = await deps.identities.withRoles(rolesThatMay('administer'), platform, workspace);
    return new Set([authorId, ...others]);
  }

  async function now(): Promise<void> {
    const open = await deps.approvals.listOpen(batch);
    const ids = new Set(open.map(({ approvalId }) => approvalId));
    for (const id of reminded) if (!ids.has(id)) reminded.delete(id);
    const due = open.filter(({ approvalId, createdAt }) => {
      return !reminded.has(approvalId) && Date.parse(createdAt) < Date.now() - afterMs;
    });
    for (const approval of due) await remind(approval);
  }

  const timer = setInterval(() => {
    void now().catch((error) => deps.log.warn({ err: error }, 'approvers were not reminded'));
  }, everyMs);
  return { now, stop: () => clearInterval(timer) };
}
