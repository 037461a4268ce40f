import { openAmend } from '#bots/amend.ts';
import { openControls } from '#bots/controls.ts';
import type { HandleMessage } from '#bots/inbound.ts';
import type { SayNotice } from '#bots/notices.ts';
import type { Approvals } from '#core/approvals/ports.ts';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import type { Connections } from '#core/chat/connections-port.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { Bell, Live } from '#core/live/ports.ts';
import type { Log } from '#core/log.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { Turns } from '#core/turns/ports.ts';
import type { Steers } from '#core/turns/steers.ts';
import { matrixAdapter } from './adapter.ts';
import { openAnswers } from './answers.ts';
import { takeBatches } from './batches.ts';
import { filesIn } from './files-in.ts';
import { threadHistory } from './history.ts';
import { type Homeserver, openHomeserver } from './homeserver.ts';
import { matrixInbound } from './inbound.ts';
import { createLimits } from './limits.ts';
import { openLogin, type Proof } from './login.ts';
import { openPeople } from './people.ts';
import { openRooms } from './rooms.ts';
import { type Sync, startSync } from './sync.ts';
import { serverOf } from './types.ts';
import { matrixVerbs } from './verbs.ts';

export interface MatrixPorts {
  approvals: Approvals;
  bell: Bell;
  blobs: Blobs;
  connections: Connections;
  files: Files;
  identities: Identities;
  live: Live;
  log: Log;
  sessions: Sessions;
  turns: Turns;
  steers: Steers;
}

export interface MatrixSettings {
  url: string;
  userId: string;
  proof: Proof;
  /** Who may use it and invite it: servers, accounts, rooms, `*`. Empty: people of its own homeserver. */
  allow: string[];
  maxFileBytes: number;
}

/** Matrix in two halves: what is said there needs the adapter first, and then the way in. */
export interface MatrixDoor {
  adapter: ChatAdapter;
  /** Lets people in. `by` names this process: one of them reads at a time. */
  open(inward: { inbound: HandleMessage; say: SayNotice; by: string }): Sync;
  /** How often the homeserver has told us to wait. */
  refusals(): number;
}

/** Matrix as a door for people. */
export function openMatrixDoor(settings: MatrixSettings, ports: MatrixPorts): MatrixDoor {
  const { url, userId, proof } = settings;
  const homeserver = openHomeserver(url, userId, openLogin(url, userId, proof));
  const limits = createLimits();
  const adapter = matrixAdapter({ homeserver, blobs: ports.blobs, limits });
  return {
    adapter,
    refusals: limits.count,
    open: ({ inbound, say, by }) => {
      const take = takes({ homeserver, settings, ports, inbound, say });
      return startSync({ homeserver, connections: ports.connections, by, log: ports.log, take });
    },
  };
}

interface Inward {
  homeserver: Homeserver;
  settings: MatrixSettings;
  ports: MatrixPorts;
  inbound: HandleMessage;
  say: SayNotice;
}

function takes({ homeserver, settings, ports, inbound, say }: Inward) {
  const { log } = ports;
  const people = openPeople(
    homeserver,
    settings.allow.length > 0 ? settings.allow : [serverOf(homeserver.userId)],
  );
  const rooms = openRooms({ homeserver, people, say, log });
  // Who may speak is decided by the list above: whoever is not on it is a stranger.
  const controls = openControls({ ...ports, inbound, policy: { guests: false } });
  const takeEvent = matrixInbound({
    ...{ homeserver, people, rooms, say, handle: inbound },
    ...{ turns: ports.turns, identities: ports.identities },
    amend: openAmend(ports),
    answers: openAnswers({ ...ports, controls, homeserver, people, say }),
    verbs: matrixVerbs(controls, say),
    isSession: async (thread) => (await ports.sessions.byThread(thread)) !== null,
    history: threadHistory(homeserver, people),
    takeFile: filesIn({ ...ports, homeserver, maxBytes: settings.maxFileBytes }),
  });
  return takeBatches({ homeserver, rooms, say, log, takeEvent });
}
