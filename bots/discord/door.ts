import { openAmend } from '#bots/amend.ts';
import { openControls } from '#bots/controls.ts';
import type { HealthCheck } from '#bots/http/deps.ts';
import type { HandleMessage } from '#bots/inbound.ts';
import { openLanes } from '#bots/lanes.ts';
import type { SayNotice } from '#bots/notices.ts';
import type { CommandWays } from '#bots/said-commands.ts';
import { openSchedulePresses } from '#bots/schedule-presses.ts';
import type { Approvals } from '#core/approvals/ports.ts';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import type { Notices } from '#core/chat/notices-port.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { SpeakPolicy } from '#core/identity/may-speak.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { Bell, Live } from '#core/live/ports.ts';
import type { Seats } from '#core/live/seats-port.ts';
import type { Log } from '#core/log.ts';
import type { Policies } from '#core/policy/ports.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { Turns } from '#core/turns/ports.ts';
import type { Steers } from '#core/turns/steers.ts';
import { discordAdapter } from './adapter.ts';
import { createCalls, type DiscordAccess, type DiscordCalls } from './calls.ts';
import { openCatchUp } from './catch-up.ts';
import { openChannels } from './channels.ts';
import { registerCommands } from './command-list.ts';
import { discordCommands } from './commands.ts';
import { openCompletions } from './completions.ts';
import { filesIn } from './files-in.ts';
import { openGateway } from './gateway.ts';
import { openGuilds } from './guilds.ts';
import { discordHealth } from './health.ts';
import { threadHistory } from './history.ts';
import { discordInbound } from './inbound.ts';
import { discordInteractions } from './interactions.ts';
import { knownPlaces } from './known-places.ts';
import { listen } from './listen.ts';
import { createRespond } from './respond.ts';
import { takeSeat } from './seat.ts';
import { whoAmI } from './self.ts';
import { discordStatus } from './status.ts';
import { startThread } from './threads.ts';
import { type DiscordSelf, snowflakeAt } from './types.ts';
import { untilDone } from './until-done.ts';
import { welcomeGuild } from './welcome.ts';

export interface DiscordPorts {
  approvals: Approvals;
  bell: Bell;
  blobs: Blobs;
  files: Files;
  identities: Identities;
  live: Live;
  log: Log;
  notices: Pick<Notices, 'kept'>;
  seats: Seats;
  policies: Policies;
  sessions: Sessions;
  turns: Turns;
  steers: Steers;
}

export interface DiscordSettings extends DiscordAccess {
  maxFileBytes: number;
  policy: SpeakPolicy;
  /** Commands in this guild only, where they change at once: for trying out. */
  commandsGuild?: string;
}

/** Discord in two halves: what is said there needs the adapter first, and then the way in. */
export interface DiscordDoor {
  adapter: ChatAdapter;
  open(inward: { inbound: HandleMessage; say: SayNotice; commands: CommandWays }): DiscordEntrance;
}

export interface DiscordEntrance {
  /** Does this process hold the connection, and does it stand? Another process may hold it as well as this one. */
  connected(): boolean;
  /** How it stands to Discord, for the list of what this role depends on. */
  health(): HealthCheck;
  stop(): Promise<void>;
}

/** A thread is begun before its turn; longer than this the message does not wait for it. */
const threadWithinMs = 3_000;

/** Discord as a door for people. Whether Discord can be reached now or only later changes nothing for the other doors. */
export function openDiscordDoor(settings: DiscordSettings, ports: DiscordPorts): DiscordDoor {
  const calls = createCalls(settings);
  const { blobs, log } = ports;
  const adapter = discordAdapter({ calls, blobs, showStatus: discordStatus(calls, log) });

  return {
    adapter,
    open: (inward) => {
      const stopping = new AbortController();
      let seat: ReturnType<typeof takeSeat> | null = null;
      let connected = (): boolean => false;
      const started = untilKnown(calls, log, stopping.signal).then(
        (self) => {
          if (stopping.signal.aborted) return;
          seat = takeSeat({
            seats: ports.seats,
            seat: `discord/${self.applicationId}`,
            log,
            // A first start ever answers nothing old.
            first: () => snowflakeAt(new Date()),
            sit: (note) => {
              const ended = new AbortController();
              const listening = hear(self, note, {
                calls,
                settings,
                ports,
                ended: ended.signal,
                ...inward,
              });
              const { token } = settings;
              const gateway = openGateway({
                ...{ token, rest: calls.rest, content: self.readsContent, log },
                onEvent: listening.event,
              });
              connected = gateway.connected;
              return {
                note: listening.position,
                stop: async () => {
                  ended.abort();
                  await listening.stop();
                  await gateway.close();
                },
              };
            },
          });
        },
        () => {},
      );
      return {
        connected: () => connected(),
        health: () => {
          if (!seat) return discordHealth('asking');
          if (!seat.held()) return discordHealth('elsewhere');
          return discordHealth(connected() ? 'connected' : 'connecting');
        },
        stop: async () => {
          stopping.abort();
          await started;
          await seat?.stop();
        },
      };
    },
  };
}

interface Hearing {
  calls: DiscordCalls;
  inbound: HandleMessage;
  say: SayNotice;
  commands: CommandWays;
  settings: DiscordSettings;
  ports: DiscordPorts;
  /** The seat is another's, or the role ends. */
  ended: AbortSignal;
}

function hear(self: DiscordSelf, from: string, hearing: Hearing) {
  const { calls, inbound, say, commands, settings, ports, ended } = hearing;
  const { log, sessions, turns, notices } = ports;
  const { policy, maxFileBytes } = settings;
  const channels = openChannels(calls);
  const guilds = openGuilds(self.userId);
  const own = (guild: string | null) => ({ user: self.userId, role: guilds.ownRole(guild) });
  const inLane = openLanes();
  const controls = openControls({ ...ports, inbound, policy });
  const completions = openCompletions({ ...ports, desk: commands.desk });
  const messages = discordInbound({
    ...{ self, guilds, own, channels, say, inLane, handle: inbound, takeCommand: commands.take },
    amend: openAmend(ports),
    isSession: async (thread) => (await sessions.byThread(thread)) !== null,
    isTurn: async (eventId) => (await turns.byMessage('discord', eventId)) !== null,
    wasSaid: notices.kept,
    takeFiles: filesIn({ ...ports, maxBytes: maxFileBytes }),
    history: threadHistory(calls, own, log),
    startThread: (thread, name) => startThread(calls, thread, name, threadWithinMs),
  });
  const interact = discordInteractions({
    ...{ channels, controls, completions, guildName: guilds.name, log, handle: inbound },
    commands: discordCommands({ run: commands.run, completions, guildName: guilds.name }),
    schedules: openSchedulePresses({ ...commands, identities: ports.identities, surface: 'discord_slash' }),
    respond: createRespond(calls, log),
  });
  registerCommands(calls, self.applicationId, settings.commandsGuild, { log, signal: ended });
  return listen(from, {
    ...{ inbound: messages, channels, guilds, log },
    catchUp: (take) => openCatchUp({ calls, take, log }),
    known: () => knownPlaces(sessions),
    interact: ({ d }) => void interact(d),
    welcome: (guild) => welcomeGuild(guild, say),
  });
}

/** Who the bot is; asked until Discord says so. */
function untilKnown(calls: DiscordCalls, log: Log, signal: AbortSignal): Promise<DiscordSelf> {
  return untilDone(
    () => whoAmI(calls),
    signal,
    (error) => {
      const unknown = error instanceof DeckhandError && error.code === 'platform.unauthorized';
      const what = unknown
        ? 'Discord does not know DISCORD_TOKEN: copy the token of your bot again (docs/discord.md)'
        : 'Discord cannot be reached; it is tried again';
      log.error({ err: error }, what);
    },
  );
}
