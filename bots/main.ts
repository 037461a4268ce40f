import { randomUUID } from 'node:crypto';
import { consoleAdapter } from '#bots/console/adapter.ts';
import { announcing } from '#bots/console/announce.ts';
import { consoleInbound } from '#bots/console/inbound.ts';
import type { ConsoleContent } from '#bots/console/types.ts';
import { discordSettings } from '#bots/discord/settings.ts';
import { createHttpServer } from '#bots/http/server.ts';
import { openMatrixDoor } from '#bots/matrix/door.ts';
import { matrixHealth } from '#bots/matrix/health.ts';
import { matrixSettings } from '#bots/matrix/settings.ts';
import { openSlackDoor } from '#bots/slack/door.ts';
import { slackSettings } from '#bots/slack/settings.ts';
import { shownSettings } from '#core/config.ts';
import { openVerifier } from '#core/events/signing.ts';
import { beginRole } from '#core/infra/begin-role.ts';
import { openConsoleThreads } from '#core/infra/console-threads.ts';
import { readKeys } from '#core/machine/keys.ts';
import { tellSupervisor } from '#core/machine/role.ts';
import { openScheduleDesk } from '#core/schedules/desk.ts';
import packageJson from '../package.json' with { type: 'json' };
import { openCommands } from './commands.ts';
import { tellElsewhere } from './elsewhere.ts';
import { startFirings } from './firings.ts';
import { checkHealth } from './health.ts';
import { openInbound } from './inbound.ts';
import { startNotices } from './notices.ts';
import { startOutbound } from './outbound.ts';
import { startReminding } from './remind.ts';
import { openSaidCommands } from './said-commands.ts';
import { startStreams } from './streams.ts';
import { welcomeOwner } from './welcome-owner.ts';

const { stop, config, log, core } = await beginRole('bots');

/** A message that a dead process kept is handed in within this. */
const redeliverMs = 30_000;
const people = config.DECKHAND_URL ? new URL(config.DECKHAND_URL) : null;

const maxMessageBytes = config.DECKHAND_MAX_MESSAGE_KB * 1024;
const inbound = openInbound({
  ...core,
  log,
  limits: {
    maxQueued: config.DECKHAND_MAX_QUEUED,
    maxQueuedInThread: config.DECKHAND_MAX_QUEUED_THREAD,
    maxQueuedInWorkspace: config.DECKHAND_MAX_QUEUED_WORKSPACE,
    maxMessageBytes,
  },
  policy: { guests: config.SLACK_GUESTS },
});
const threads = announcing(openConsoleThreads<ConsoleContent>(core.database), core.live);
const slack = slackSettings(config);
const slackDoor = slack && openSlackDoor(slack, { ...core, log });
const matrix = matrixSettings(config);
const matrixDoor = matrix && (await openMatrixDoor(matrix, { ...core, log }));
const discord = discordSettings(config);
// discord.js takes 50 MB: only where there is Discord.
const discordDoor =
  discord && (await import('#bots/discord/door.ts')).openDiscordDoor(discord, { ...core, log });
const adapters = {
  console: consoleAdapter(threads),
  ...(slackDoor ? { slack: slackDoor.adapter } : {}),
  ...(matrixDoor ? { matrix: matrixDoor.adapter } : {}),
  ...(discordDoor ? { discord: discordDoor.adapter } : {}),
};
const { posts, live, notices } = core;
const noticeBoard = startNotices({ adapters, notices, log });
const elsewhere = { adapters, identities: core.identities, say: noticeBoard.say };
const reminding = startReminding({ ...elsewhere, ...core, log });
const scheduleLimits = {
  floorMs: config.DECKHAND_SCHEDULE_FLOOR_S * 1000,
  maxPerOwner: config.DECKHAND_MAX_SCHEDULES,
};
const desk = openScheduleDesk(core.schedules, scheduleLimits);
const policy = { guests: config.SLACK_GUESTS };
const pageUrl = people?.origin ?? `http://${config.DECKHAND_HOST}:${config.DECKHAND_PORT}`;
const tryCommand = openCommands({ ...core, desk, adapters, handle: inbound, policy, pageUrl });
const { say } = noticeBoard;
const commands = {
  run: tryCommand,
  desk,
  take: openSaidCommands({ adapters, notices, run: tryCommand, say }),
};
const consoleDoor = consoleInbound(threads, inbound, tryCommand);
const firings = startFirings({ ...core, adapters, handle: inbound, log });
const onRefused = tellElsewhere(elsewhere);
const streams = await startStreams({ ...core, adapters, log });
const outbound = await startOutbound({ adapters, posts, live, log, streams, onRefused });
const slackEntrance = slackDoor?.open({ inbound, say, commands });
const matrixSync = matrixDoor?.open({ inbound, say, commands, by: randomUUID() });
const discordEntrance = discordDoor?.open({ inbound, say, commands });

const server = await createHttpServer({
  ...core,
  threads,
  inbound: consoleDoor,
  platforms: slackEntrance?.handle ? { '/slack/events': slackEntrance.handle } : {},
  tryCommand,
  desk,
  log,
  instance: {
    version: packageJson.version,
    model: config.demo ? 'demo' : config.OPENAI_MODEL,
    demo: config.demo,
    maxMessageBytes,
    maxFileBytes: config.DECKHAND_MAX_FILE_MB * 1024 * 1024,
  },
  settings: shownSettings(config),
  verifier: () => openVerifier(readKeys(config.home)),
  hostNames: [config.DECKHAND_HOST, ...(people ? [people.hostname] : [])],
  pageUrl,
  https: people?.protocol === 'https:',
  health: async () => [
    ...(await checkHealth(core.database)),
    ...(matrix && matrixDoor && matrixSync
      ? [matrixHealth(matrixSync.state(), matrixDoor, matrix.userId)]
      : []),
    ...(discordEntrance ? [discordEntrance.health()] : []),
  ],
});
const { url } = await server.listen(config.DECKHAND_PORT, config.DECKHAND_HOST);
const redelivery = setInterval(() => void redeliver(), redeliverMs);
const owner = await core.identities.localOwner();
const signIn = await welcomeOwner(owner, core.credentials, { home: config.home, url: people?.origin ?? url });
await redeliver();
tellSupervisor({ signIn });
tellSupervisor({ ready: true, url });
log.info({ url }, 'bots are ready');

await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
clearInterval(redelivery);
await server.close(1_000);
await slackEntrance?.stop();
await firings.stop();
await matrixSync?.stop();
await discordEntrance?.stop();
await outbound.stop();
await streams.stop();
reminding.stop();
await noticeBoard.stop();
await core.close();
// Handles of vendors would hold the process for seconds; all is settled by now.
process.exit(0);

/** What was kept and not handed in, by us or by a process that died, is handed in now. */
async function redeliver(): Promise<void> {
  await consoleDoor
    .redeliver(new Date())
    .catch((error) => log.warn({ err: error }, 'messages wait to be handed in'));
}
