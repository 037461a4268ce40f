import { ruleFor } from '#core/approvals/host-request.ts';
import type { ApprovalFacts } from '#core/approvals/ports.ts';
import type { Person } from '#core/events/types.ts';
import type { Log } from '#core/log.ts';
import type { Policies } from '#core/policy/ports.ts';
import type { Sessions } from '#core/sessions/ports.ts';

/**
 * "Always…" holds in its thread at once, and beyond it when an administrator applies what is proposed here: a rule in
 * the workspace's policy. A proposal that cannot be made takes nothing back from the answer.
 */
export async function proposeAlways(
  { approvalId, sessionId, request }: ApprovalFacts,
  by: Person,
  { policies, sessions, log }: { policies: Policies; sessions: Sessions; log: Log },
): Promise<void> {
  const rule = ruleFor(request);
  const session = await sessions.byId(sessionId);
  if (!rule || !session) return;
  try {
    await policies.propose({
      layer: 'workspace',
      owner: session.workspaceId,
      change: { rule },
      why: `${by.name} pressed “Always…” when asked: ${request.title}`,
      by: by.userId,
      from: approvalId,
    });
  } catch (error) {
    log.warn(
      { err: error, session: sessionId, approval: approvalId },
      '"Always" could not be proposed as a rule',
    );
  }
}
