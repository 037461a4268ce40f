import { setTimeout as sleep } from 'node:timers/promises';
import { openAmend } from '#bots/amend.ts';
import { openControls } from '#bots/controls.ts';
import type { HandleMessage } from '#bots/inbound.ts';
import type { SayNotice } from '#bots/notices.ts';
import type { CommandWays } from '#bots/said-commands.ts';
import { openSchedulePresses } from '#bots/schedule-presses.ts';
import type { Approvals } from '#core/approvals/ports.ts';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import type { Notices } from '#core/chat/notices-port.ts';
import type { Presence } from '#core/chat/presence-port.ts';
import type { ThreadRef } from '#core/chat/thread-ref.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { SpeakPolicy } from '#core/identity/may-speak.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { Bell, Live } from '#core/live/ports.ts';
import type { Log } from '#core/log.ts';
import type { Policies } from '#core/policy/ports.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { Turns } from '#core/turns/ports.ts';
import type { Steers } from '#core/turns/steers.ts';
import { slackAdapter } from './adapter.ts';
import { createCalls, type SlackAccess, type SlackCalls } from './calls.ts';
import { startCatchUp } from './catch-up.ts';
import { filesIn } from './files-in.ts';
import { slackFiles } from './files-out.ts';
import { threadHistory } from './history.ts';
import { homeTab } from './home.ts';
import { refusalKey, slackInbound } from './inbound.ts';
import { slackInteractions } from './interactions.ts';
import { openPeople } from './people.ts';
import { createHttpReceiver } from './receivers/http.ts';
import { type SocketReceiver, startSocketReceiver } from './receivers/socket.ts';
import { openSaidSince } from './said-since.ts';
import { slackStatus } from './status.ts';
import { slackStreams } from './streams.ts';
import { instantOf, placeOf, type SlackSelf, type TakeDelivery } from './types.ts';

export interface SlackPorts {
  approvals: Approvals;
  bell: Bell;
  blobs: Blobs;
  files: Files;
  identities: Identities;
  live: Live;
  log: Log;
  notices: Pick<Notices, 'kept'>;
  presence: Presence;
  policies: Policies;
  sessions: Sessions;
  turns: Turns;
  steers: Steers;
}

/** How Slack reaches us: over connections that we keep, or by calling us. */
export type SlackWay = { appToken: string } | { signingSecret: string };

export interface SlackSettings extends SlackAccess {
  way: SlackWay;
  maxFileBytes: number;
  policy: SpeakPolicy;
  /** An answer that is there sooner is not streamed; left out: 1 s. */
  streamAfterMs?: number;
}

/** Slack in two halves: what is said there needs the adapter first, and then the way in. */
export interface SlackDoor {
  adapter: ChatAdapter;
  /** Lets people in. `handle` answers Slack's requests where it calls us. */
  open(inward: { inbound: HandleMessage; say: SayNotice; commands: CommandWays }): SlackEntrance;
}

export interface SlackEntrance {
  handle: ((request: Request) => Promise<Response>) | null;
  /** Can Slack reach us? */
  connected(): boolean;
  stop(): Promise<void>;
}

/** Slack as a door for people. Whether Slack can be reached now or only later changes nothing for the other doors. */
export function openSlackDoor(settings: SlackSettings, ports: SlackPorts): SlackDoor {
  const calls = createCalls(settings);
  const { log, identities } = ports;
  const adapter = slackAdapter({
    calls,
    files: slackFiles(calls, ports.blobs),
    streams: slackStreams({ calls, log, firstMs: settings.streamAfterMs }),
    showStatus: slackStatus(calls, log),
    accountOf: (userId, workspace) => identities.accountOf(userId, 'slack', workspace),
  });

  return {
    adapter,
    open: (inward) => {
      const { way, apiUrl } = settings;
      const stopping = new AbortController();
      let connected = (): boolean => true;
      const ready = untilKnown(calls, ports, stopping.signal).then((self) =>
        openInward(self, { ...inward, calls, settings, ports, connected: () => connected() }),
      );
      ready.catch(() => {});
      const take: TakeDelivery = async (delivery) => (await ready).take(delivery);
      const stop = async (): Promise<void> => {
        stopping.abort();
        await ready.then(
          (inward) => inward.stop(),
          () => {},
        );
      };
      if ('signingSecret' in way) {
        const handle = createHttpReceiver({ signingSecret: way.signingSecret, take, log });
        return { handle, connected, stop };
      }
      let receiver: SocketReceiver | null = null;
      connected = () => receiver?.connected() ?? false;
      const started = ready.then(
        ({ onConnected }) => {
          if (stopping.signal.aborted) return;
          receiver = startSocketReceiver({ appToken: way.appToken, apiUrl, take, log, onConnected });
        },
        () => {},
      );
      return {
        handle: null,
        connected: () => connected(),
        stop: async () => {
          stopping.abort();
          await started;
          await receiver?.stop();
          await stop();
        },
      };
    },
  };
}

interface InwardDeps {
  calls: SlackCalls;
  inbound: HandleMessage;
  say: SayNotice;
  commands: CommandWays;
  settings: SlackSettings;
  ports: SlackPorts;
  connected(): boolean;
}

interface Inward {
  take: TakeDelivery;
  /** Slack can reach us again. */
  onConnected(): void;
  stop(): Promise<void>;
}

/** The way in, once we know who we are. */
function openInward(self: SlackSelf, deps: InwardDeps): Inward {
  const { calls, inbound, say, commands, settings, ports } = deps;
  const { policy, maxFileBytes } = settings;
  const people = openPeople(calls, self);
  const controls = openControls({ ...ports, inbound, policy });
  const events = slackInbound({
    ...{ self, people, say, handle: inbound },
    amend: openAmend(ports),
    takeCommand: commands.take,
    showHome: homeTab(calls, ports.log),
    history: threadHistory({ calls, people, self, log: ports.log }),
    isSession: async (thread) => (await ports.sessions.byThread(thread)) !== null,
    continues: (thread, ts) => stoodBefore(ports.sessions, thread, ts),
    isSettled: async (eventId) =>
      (await ports.turns.byMessage('slack', eventId)) !== null ||
      (await ports.notices.kept(refusalKey(eventId))),
    takeFiles: filesIn({ ...ports, calls, self, maxBytes: maxFileBytes }),
  });
  const interactions = slackInteractions({
    ...{ self, calls, people, controls, run: commands.run, log: ports.log },
    schedules: openSchedulePresses({ ...commands, identities: ports.identities, surface: 'slack_slash' }),
  });
  const { found, tooOld } = events;
  const { connected } = deps;
  const saidSince = openSaidSince({ ...ports, calls, self });
  const catchUp = startCatchUp({ ...ports, self, saidSince, take: found, tooOld, connected });
  const take: TakeDelivery = async ({ kind, body }) => {
    if (kind === 'interactive') return interactions.interact(body);
    if (kind === 'command') return interactions.command(body);
    try {
      await events.take(body);
    } catch (error) {
      // It may have been the last delivery.
      catchUp.look();
      throw error;
    }
    return undefined;
  };
  return { take, onConnected: catchUp.look, stop: catchUp.stop };
}

/** A session without a request yet was opened by a person's word, and takes what is said. */
async function stoodBefore(sessions: Sessions, thread: ThreadRef, ts: string): Promise<boolean> {
  const session = await sessions.byThread(thread);
  if (!session) return false;
  const begun = (await sessions.events(session.sessionId, 0, 10)).find(
    ({ type }) => type === 'turn.submitted',
  );
  if (begun?.type !== 'turn.submitted') return true;
  const { eventId, sentAt } = begun.body;
  // A mention that an edit added was said when it was edited.
  return (placeOf(eventId)?.ts ?? '') < ts && sentAt <= instantOf(ts).toISOString();
}

/**
 * Which app the token belongs to; asked until Slack says so. What is said from here on is answered, whatever comes between,
 * and nothing that was said before a first start.
 */
async function untilKnown(
  calls: SlackCalls,
  { presence, log }: Pick<SlackPorts, 'presence' | 'log'>,
  signal: AbortSignal,
): Promise<SlackSelf> {
  for (let times = 0; ; times += 1) {
    try {
      const me = await calls.call({ method: 'auth.test' }, (client) => client.auth.test());
      const { team_id: teamId = '', team: teamName = '', user_id: userId = '' } = me;
      if (!(await presence.seen('slack', teamId))) await presence.mark('slack', teamId, new Date());
      return { teamId, teamName, userId };
    } catch (error) {
      const unknown = error instanceof DeckhandError && error.code === 'platform.unauthorized';
      const what = unknown
        ? 'Slack does not know SLACK_BOT_TOKEN: copy the Bot User OAuth Token of your app again (docs/slack.md)'
        : 'Slack or the database cannot be reached; it is tried again';
      log.error({ err: error }, what);
      await sleep(Math.min(500 * 2 ** times, 30_000), undefined, { signal });
    }
  }
}
