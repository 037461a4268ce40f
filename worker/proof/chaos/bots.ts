import { randomUUID } from 'node:crypto';
import { openAmend } from '#bots/amend.ts';
import { openDiscordDoor } from '#bots/discord/door.ts';
import { openInbound } from '#bots/inbound.ts';
import { openMatrixDoor } from '#bots/matrix/door.ts';
import { startNotices } from '#bots/notices.ts';
import { startOutbound } from '#bots/outbound.ts';
import { openSlackDoor } from '#bots/slack/door.ts';
import { testCommandWays } from '#bots/testing/command-ways.ts';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import type { InboundMessage } from '#core/chat/inbound.ts';
import type { Platform } from '#core/chat/thread-ref.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openLog } from '#core/log.ts';
import { endOnCrash, stopSignal } from '#core/machine/role.ts';
import { openDeath } from './death.ts';
import { chatAdapter } from './far/chat-adapter.ts';
import { serveJson } from './json-server.ts';
import { mortalAdapter, mortalBell } from './mortal.ts';
import { maxMessageBytes, readRoleSettings, reportReady } from './role-settings.ts';

/** The bots role as `bots/main.ts` puts it together, on the far sides of a run, but for the ports that may die. A program. */
const { databaseUrl, home, reach, death } = readRoleSettings(process.argv);
const reached = openDeath(death);
const log = openLog('bots', 'info');
endOnCrash(log);
const opened = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'chaos bots' });
const core = { ...opened, bell: mortalBell(opened.bell, reached), log };
const { live, posts, approvals, notices, bell } = core;
const amend = openAmend(core);
const inbound = openInbound({ ...core, limits: { maxQueued: 10_000, maxMessageBytes } });

const slack = reach.slack && openSlackDoor(reach.slack, core);
const matrix = reach.matrix && (await openMatrixDoor(reach.matrix, core));
const discord = reach.discord && openDiscordDoor(reach.discord, core);
const adapters: Partial<Record<Platform, ChatAdapter>> = {};
const doubled = reach.console ? chatAdapter(reach.console) : undefined;
for (const adapter of [doubled, slack?.adapter, matrix?.adapter, discord?.adapter]) {
  if (adapter) adapters[adapter.platform] = mortalAdapter(adapter, reached);
}
const board = startNotices({ adapters, notices, log });
const stop = stopSignal();
const outbound = await startOutbound({ adapters, posts, live, log });
const inward = {
  inbound,
  say: board.say,
  commands: testCommandWays(core, { adapters, handle: inbound, say: board.say }),
};
const entrances = [slack?.open(inward), matrix?.open({ ...inward, by: randomUUID() }), discord?.open(inward)];

/** A button of the chat double that somebody pressed. */
interface Press {
  approvalId: string;
  grant: boolean;
  by: string;
}

/** A message of the chat double that its author edited, or deleted (null). */
interface Amendment {
  eventId: string;
  text: string | null;
  name: string;
}

const { url, close } = await serveJson({
  '/message': (message: InboundMessage) => inbound(message),
  '/amend': ({ eventId, text, name }: Amendment) =>
    text === null ? amend.deleted('console', eventId, name) : amend.edited('console', eventId, text, name),
  '/press': async ({ approvalId, grant, by: name }: Press) => {
    const by = { userId: 'usr_presser', name };
    const decided = await approvals.decide(approvalId, { grant, scope: 'once', by, revision: 1 });
    if (decided?.changed) await bell.ring(decided.now.sessionId);
    return decided?.now.state ?? null;
  },
});
log.info({ death }, 'ready');
reportReady({ url });
await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
close();
for (const entrance of entrances) await entrance?.stop();
await outbound.stop();
await board.stop();
await opened.close();
process.exit(0);
