import { createBuckets } from './buckets.ts';
import { createClock, type TwinClock } from './clock.ts';
import type { Desk } from './desk.ts';
import { createDeliveries, type Deliveries, type OnAcknowledged } from './events/deliveries.ts';
import type { Transport } from './events/delivery.ts';
import { eventCallback } from './events/feed.ts';
import { connectHttp } from './events/http-requests.ts';
import { createSocketMode, type SocketMode } from './events/socket-mode.ts';
import { createIds } from './ids.ts';
import { createInteractions } from './interactions.ts';
import { createLook, type Look } from './look.ts';
import { listen } from './server.ts';
import { createSwitches, type Switches } from './switches.ts';
import { createWebApi } from './web-api.ts';
import { channelIdIn, createWorkspace, type Workspace } from './workspace.ts';
import { createWorld } from './world.ts';

/** What an app of Deckhand's kind asks for; a test takes one away to see it named. */
export const usualScopes = [
  'app_mentions:read',
  'channels:history',
  'channels:join',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'mpim:history',
  'mpim:read',
  'reactions:write',
  'team:read',
  'users:read',
];

export interface TwinOptions {
  appName?: string;
  scopes?: string[];
  plan?: 'paid' | 'free';
  /** False: no bucket refuses; they still count. */
  limits?: boolean;
  /** Posts that a channel takes at once before one a second holds. Slack grants "short bursts" without a number. */
  postBurst?: number;
  /** True: time moves by `clock.advance` alone. */
  frozenClock?: boolean;
  /** Called at each acknowledgement, before the twin goes on; what it throws fails `stop`. */
  onAcknowledged?: OnAcknowledged;
}

/** Slack's far side on a loopback port: see `slack-twin.test.ts` for all it does. */
export interface SlackTwin {
  /** For `SLACK_API_URL` and the SDK's `slackApiUrl`. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly workspace: Workspace;
  readonly look: Look;
  readonly switches: Switches;
  readonly clock: TwinClock;
  readonly events: Deliveries;
  readonly sockets: SocketMode;
  /** Sends everything to this request URL from now on, once it has echoed the challenge. */
  useHttp(url: string): Promise<void>;
  /** Takes Slack away, or gives it back: see `Switches.down`. */
  setDown(down: boolean): void;
  /** Closes all. Fails when an `onAcknowledged` has thrown, or the twin itself has. */
  stop(): Promise<void>;
}

export async function startSlackTwin(options: TwinOptions = {}): Promise<SlackTwin> {
  const clock = createClock({ frozen: options.frozenClock });
  const ids = createIds(clock);
  const world = createWorld(ids, options.appName ?? 'deckhand');
  const switches = createSwitches(options.plan);
  const scopes = new Set(options.scopes ?? usualScopes);
  const tokens = { bot: `xoxb-${world.team.id}-twin`, app: `xapp-${world.app.id}-twin` };
  const signingSecret = `secret-of-${world.app.id}`;
  const changed = (): void => void world.bell.emit('change');
  const sockets = createSocketMode(world.app.id, clock, changed);
  let origin = '';
  let http: Transport | undefined;

  const deliveries = createDeliveries({
    clock,
    ids,
    switches,
    transport: () => http ?? sockets,
    onAcknowledged: options.onAcknowledged ?? (() => undefined),
    changed,
  });
  const interactions = createInteractions(ids, clock, () => origin);
  const desk: Desk = {
    ...{ world, clock, ids, switches, sockets, interactions, scopes },
    origin: () => origin,
    emit: (event, needed) => {
      if (scopes.has(needed)) deliveries.event(eventCallback(desk, event));
    },
  };
  const buckets = createBuckets(clock, {
    enforced: options.limits ?? true,
    postBurst: options.postBurst ?? 1,
  });
  const api = createWebApi(desk, buckets, tokens);
  const faults: unknown[] = [];
  const listening = await listen({ desk, api, tokens }, faults);
  origin = listening.origin;

  return {
    apiUrl: `${origin}/api/`,
    botToken: tokens.bot,
    appToken: tokens.app,
    signingSecret,
    workspace: createWorkspace(desk, deliveries),
    look: createLook(desk, api, (name) => channelIdIn(desk, name)),
    switches,
    clock,
    events: deliveries,
    sockets,
    useHttp: async (url) => {
      http = await connectHttp(url, { secret: signingSecret });
    },
    setDown: (down) => {
      switches.down = down;
      if (down) sockets.cut();
    },
    stop: async () => {
      clock.stop();
      await sockets.close();
      listening.server.closeAllConnections();
      await new Promise((done) => listening.server.close(done));
      const all = [...faults, ...deliveries.faults];
      if (all.length > 0)
        throw new AggregateError(all, `the Slack twin saw ${all.length} fault(s): ${all.join('; ')}`);
    },
  };
}
