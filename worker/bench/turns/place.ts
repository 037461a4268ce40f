import { startOutbound } from '#bots/outbound.ts';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import { type Core, openCore } from '#core/infra/open-core.ts';
import { openLog } from '#core/log.ts';
import type { Claims } from '#core/turns/ports.ts';
import { createAgent } from '#worker/agent/agent.ts';
import { noSkills } from '#worker/agent/skills-port.ts';
import { FakeHost, FakeSandboxes } from '#worker/sandbox/fake.ts';
import { startWorker } from '#worker/start-worker.ts';
import { openGround } from '../ground.ts';
import { instantModels } from './instant-model.ts';

/** A core on a Postgres of its own that flushes, with an instant model and a platform that takes every post at once. */
export interface Place {
  core: Core;
  /** Of the database itself, for the floor. */
  databaseUrl: string;
  /** A request has reached the model. */
  onModel: () => void;
  /** A turn's end is committed. */
  onFinish: () => void;
  /** An answer is being posted. */
  onAnswer: () => void;
  /** Commands that each turn runs, one after the other, in a sandbox that costs nothing. */
  commands: number;
  startWorker(slots: number): Promise<{ stop(): Promise<unknown> }>;
  /** Brings threads up to date from here on. */
  startOutbound(): Promise<{ stop(): Promise<void> }>;
}

export async function openPlace(owned: AsyncDisposableStack): Promise<Place> {
  const ground = await openGround(owned);
  const databaseUrl = ground.plainUrl;
  const core = await openCore({ databaseUrl, redisUrl: undefined, home: ground.home, name: 'bench' });
  owned.defer(() => core.close());
  const log = openLog('bench', 'silent');
  const place: Place = {
    core,
    databaseUrl,
    onModel: () => {},
    onFinish: () => {},
    onAnswer: () => {},
    commands: 0,
    startWorker: (slots) =>
      startWorker({
        core: { ...core, claims: telling(core.claims, () => place.onFinish()) },
        agent: createAgent({
          models: instantModels(
            () => place.onModel(),
            () => place.commands,
          ),
          version: 'bench',
        }),
        sandboxes: new FakeSandboxes(new FakeHost()),
        skills: noSkills,
        slots,
        limits: { commandTimeoutMs: 60_000, approvalLifeMs: 60_000, maxFileBytes: 1_000_000 },
        log,
      }),
    startOutbound: () =>
      startOutbound({
        adapters: { console: takingAll(() => place.onAnswer()) },
        posts: core.posts,
        live: core.live,
        log,
      }),
  };
  return place;
}

function telling(claims: Claims, onFinish: () => void): Claims {
  return {
    ...claims,
    finish: async (...args) => {
      const more = await claims.finish(...args);
      onFinish();
      return more;
    },
  };
}

/** A platform without a network: only answers are posts. */
function takingAll(onAnswer: () => void): ChatAdapter {
  return {
    platform: 'console',
    render: ({ turnId, answer }) =>
      answer ? [{ slot: 'answer:0', kind: 'answer', payload: turnId, edits: false }] : [],
    send: async (_thread, _post, key) => {
      onAnswer();
      return key;
    },
    edit: async () => {},
    findPost: async () => null,
  };
}
