import assert from 'node:assert/strict';
import type { Core } from '#core/infra/open-core.ts';
import { planSchedule } from '#core/schedules/plan.ts';
import type { ScheduleFacts } from '#core/schedules/types.ts';
import { finishWell, newWorker, type TestCore } from './core.ts';

export const limits = { floorMs: 60_000, maxPerOwner: 1_000 };
export const at = (iso: string) => new Date(iso);

interface Made {
  owner?: string;
  zone?: string;
  options?: Parameters<typeof planSchedule>[4];
}

/** A saved schedule; people are made by name. */
export async function makeSchedule(
  core: Core,
  text: string,
  now: Date,
  made: Made = {},
): Promise<ScheduleFacts> {
  const name = made.owner ?? 'ana';
  const user = await core.identities.resolve(
    'console',
    { externalId: 'local', name: 'local' },
    { id: name, name },
  );
  const draft = await core.schedules.draft({
    owner: { userId: user.userId, accountId: name, name },
    thread: { platform: 'console', workspace: 'local', channel: 'home', thread: 'thr_home' },
    source: crypto.randomUUID(),
    spec: planSchedule(text, now, made.zone ?? 'UTC', limits, made.options),
    changes: null,
  });
  const saved = await core.schedules.save(draft.scheduleId, now, limits.maxPerOwner);
  assert.equal(saved?.state, 'active');
  return saved;
}

/** Hands due firings in as turns, as the bots role does. */
export async function handIn(core: Core, now: Date): Promise<number> {
  const due = await core.firings.take('test', now, 500, 1_000);
  for (const firing of due) {
    const submitted = await core.turns.submit({
      thread: { ...firing.thread, thread: `${firing.scheduleId}/${firing.dueAt}` },
      workspaceId: (await core.database.prisma.workspace.findFirstOrThrow()).id,
      author: firing.owner,
      eventId: `firing/${firing.scheduleId}/${firing.dueAt}`,
      text: firing.text,
      files: [],
      sentAt: firing.dueAt,
      opens: true,
      maxQueued: 100_000,
    });
    if (!('turnId' in submitted)) throw new Error(submitted.kind);
    await core.firings.submitted(firing, submitted.turnId);
  }
  return due.length;
}

/** Ends every queued turn. */
export async function workOff(core: TestCore, ending: 'succeeded' | 'failed'): Promise<void> {
  const worker = await newWorker(core);
  for (;;) {
    const claim = await core.claims.claim(worker);
    if (!claim) return;
    if (ending === 'succeeded') await finishWell(core, claim);
    else {
      await core.claims.finish(claim, 'failed', {
        state: 'failed',
        answer: '',
        error: { code: 'model.unreachable', message: 'no' },
        usage: { requests: 0, inputTokens: 0, outputTokens: 0 },
      });
    }
  }
}

/** Its firings as `moment state`, oldest first. */
export const firingsOf = async (core: Core, { scheduleId }: ScheduleFacts) =>
  (await core.schedules.history(scheduleId, 100)).map(({ dueAt, state }) => `${dueAt} ${state}`).reverse();

/** All that is due by then is made into firings, and what has ended is settled. */
export async function tickAt(core: Core, iso: string): Promise<void> {
  while ((await core.clockwork.advance(at(iso), 100)) > 0);
  while ((await core.clockwork.settle(at(iso), 100)) > 0);
}
