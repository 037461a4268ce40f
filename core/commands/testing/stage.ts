import type { TestContext } from 'node:test';
import { openScheduleDesk } from '#core/schedules/desk.ts';
import { usualLimits } from '#core/schedules/plan.ts';
import { openTestCore, sayAccepted } from '#core/testing/core.ts';
import type { CommandDeps } from '../ports.ts';
import { runCommand } from '../run-command.ts';
import type { Surface } from '../surfaces.ts';

const here = { platform: 'console', workspace: 'local', channel: 'home', thread: 'here' } as const;

/** Commands on a real core, given by people who are made by name. */
export async function openCommandStage(t: TestContext) {
  const core = await openTestCore(t);
  const asked: { text: string; where: string }[] = [];
  const deps: CommandDeps = {
    ...core,
    desk: openScheduleDesk(core.schedules, usualLimits),
    pageUrl: 'http://page',
    ask: async (context, { text, where }) => {
      asked.push({ text, where });
      if (text.startsWith('use') || text.startsWith('be')) {
        const { sessionId, turnId } = await sayAccepted(core, 'here', { text, by: context.account.id });
        return { outcome: { kind: 'accepted', sessionId, turnId, ahead: 1 }, link: null };
      }
      const outcome = { kind: 'accepted', sessionId: 'ses_x', turnId: 'trn_x', ahead: 0 } as const;
      return { outcome, link: null };
    },
  };
  let count = 0;
  return {
    core,
    asked,
    async give(
      text: string,
      by = 'ana',
      surface: Surface = 'console',
      messageId = `msg_${++count}`,
      now = new Date('2026-11-20T08:00:00Z'),
    ) {
      const account = { id: by, name: by };
      const found = await core.identities.resolve('console', { externalId: 'local', name: 'local' }, account);
      const person = { ...found, ...(await core.identities.byId(found.userId)) };
      const context = {
        person,
        account,
        surface,
        thread: here,
        messageId,
        now,
        sentAt: new Date(),
      };
      return await runCommand(text, context, deps);
    },
  };
}
