import { openInbound } from '#bots/inbound.ts';
import { startOutbound } from '#bots/outbound.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openLog } from '#core/log.ts';
import { endOnCrash } from '#core/machine/role.ts';
import { chatAdapter } from './chat-adapter.ts';
import { openDeath } from './death.ts';
import { serveJson } from './json-server.ts';
import { mortalAdapter, mortalBell } from './mortal.ts';
import { readRoleSettings, reportReady } from './role-settings.ts';

/** The bots role with the chat double for its platform. A program. */
const { databaseUrl, home, chatUrl, death } = readRoleSettings(process.argv);
const reached = openDeath(death);
const log = openLog('bots', 'info');
endOnCrash(log);
const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'chaos bots' });
const bell = mortalBell(core.bell, reached);
const { live, posts, approvals } = core;
const inbound = openInbound({
  ...core,
  bell,
  log,
  limits: { maxQueued: 10_000, maxMessageBytes: 100_000 },
});
await startOutbound({ adapters: { slack: mortalAdapter(chatAdapter(chatUrl), reached) }, posts, live, log });

/** A button that somebody pressed. */
interface Press {
  approvalId: string;
  grant: boolean;
}

const { url } = await serveJson({
  '/message': (message: InboundMessage) => inbound(message),
  '/press': async ({ approvalId, grant }: Press) => {
    const by = { userId: 'usr_presser', name: 'Pat' };
    const decided = await approvals.decide(approvalId, { grant, scope: 'once', by, revision: 1 });
    if (decided?.changed) await bell.ring(decided.now.sessionId);
    return decided?.now.state ?? null;
  },
});
reportReady({ url });
