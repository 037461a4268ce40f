import { openAmend } from '#bots/amend.ts';
import { openControls } from '#bots/controls.ts';
import type { HandleMessage } from '#bots/inbound.ts';
import type { SayNotice } from '#bots/notices.ts';
import type { CommandWays } from '#bots/said-commands.ts';
import type { Approvals } from '#core/approvals/ports.ts';
import type { ChatAdapter } from '#core/chat/adapter.ts';
import type { Connections } from '#core/chat/connections-port.ts';
import type { Devices } from '#core/chat/devices-port.ts';
import type { Notices } from '#core/chat/notices-port.ts';
import type { UnreadMessages } from '#core/chat/unread-port.ts';
import type { Blobs, Files } from '#core/files/ports.ts';
import type { Identities } from '#core/identity/ports.ts';
import type { Bell, Live } from '#core/live/ports.ts';
import type { Log } from '#core/log.ts';
import type { Policies } from '#core/policy/ports.ts';
import type { Sessions } from '#core/sessions/ports.ts';
import type { Turns } from '#core/turns/ports.ts';
import type { Steers } from '#core/turns/steers.ts';
import { matrixAdapter } from './adapter.ts';
import { openAnswers } from './answers.ts';
import { takeBatches } from './batches.ts';
import { type EncryptedHomeserver, encryptedHomeserver } from './crypto/encrypted-homeserver.ts';
import type { Crypto } from './crypto/port.ts';
import { openUnread, type Unread } from './crypto/unread.ts';
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

export interface MatrixPorts {
  approvals: Approvals;
  bell: Bell;
  blobs: Blobs;
  connections: Connections;
  devices: Devices;
  files: Files;
  identities: Identities;
  live: Live;
  log: Log;
  notices: Notices;
  sessions: Sessions;
  turns: Turns;
  policies: Policies;
  steers: Steers;
  unread: UnreadMessages;
}

export interface MatrixSettings {
  url: string;
  userId: string;
  proof: Proof;
  /** Who may use it and invite it: servers, accounts, rooms, `*`. Empty: people of its own homeserver. */
  allow: string[];
  maxFileBytes: number;
  /** 64 hexadecimal digits; null: encrypted rooms are not read. */
  encryptionKey: string | null;
}

/** Matrix in two halves: what is said there needs the adapter first, and then the way in. */
export interface MatrixDoor {
  adapter: ChatAdapter;
  /** Lets people in. `by` names this process: one of them reads at a time. */
  open(inward: { inbound: HandleMessage; say: SayNotice; commands: CommandWays; by: string }): Sync;
  /** How often the homeserver has told us to wait. */
  refusals(): number;
  /** Why encrypted rooms cannot be read although they should be; null: they can, or need not. */
  keysFault(): string | null;
}

/** Matrix as a door for people. */
export async function openMatrixDoor(settings: MatrixSettings, ports: MatrixPorts): Promise<MatrixDoor> {
  const { url, userId, proof } = settings;
  const plain = openHomeserver(url, userId, openLogin(url, userId, proof));
  const crypto = await cryptoFor(settings, plain, ports);
  const encrypted = crypto && encryptedHomeserver(plain, crypto);
  const homeserver = encrypted ?? plain;
  const limits = createLimits();
  const adapter = matrixAdapter({ homeserver, blobs: ports.blobs, limits });
  return {
    adapter,
    refusals: limits.count,
    keysFault: () => crypto?.fault() ?? null,
    open: ({ inbound, say, commands, by }) => {
      const sealed = crypto && encrypted && { crypto, homeserver: encrypted };
      const take = takes({ homeserver, sealed, settings, ports, inbound, say, commands });
      const sync = startSync({ homeserver, connections: ports.connections, by, log: ports.log, take });
      return {
        ...sync,
        stop: async () => {
          await sync.stop();
          await crypto?.close();
        },
      };
    },
  };
}

/** Eight megabytes of it are loaded only where somebody has set it up. */
async function cryptoFor(
  { encryptionKey, proof }: MatrixSettings,
  homeserver: Homeserver,
  { devices, log }: MatrixPorts,
): Promise<Crypto | null> {
  if (!encryptionKey) return null;
  const { openCrypto } = await import('./crypto/crypto.ts');
  const password = 'password' in proof ? proof.password : null;
  return openCrypto({ homeserver, devices, key: Buffer.from(encryptionKey, 'hex'), password, log });
}

interface Inward {
  homeserver: Homeserver;
  sealed: { crypto: Crypto; homeserver: EncryptedHomeserver } | null;
  settings: MatrixSettings;
  ports: MatrixPorts;
  inbound: HandleMessage;
  say: SayNotice;
  commands: CommandWays;
}

function takes({ homeserver, sealed, settings, ports, inbound, say, commands }: Inward) {
  const { log } = ports;
  const people = openPeople(
    homeserver,
    settings.allow.length > 0 ? settings.allow : [serverOf(homeserver.userId)],
  );
  let unread: Unread | null = null;
  const rooms = openRooms({
    ...{ homeserver, people, say, log },
    sealed: sealed && {
      fault: sealed.crypto.fault,
      keep: async (roomId, event) => unread?.keep(roomId, event),
    },
  });
  // Who may speak is decided by the list above: whoever is not on it is a stranger.
  const controls = openControls({ ...ports, inbound, policy: { guests: false } });
  const takeEvent = matrixInbound({
    ...{ homeserver, people, rooms, say, handle: inbound },
    ...{ turns: ports.turns, identities: ports.identities },
    amend: openAmend(ports),
    answers: openAnswers({ ...ports, controls, homeserver, people, say }),
    takeCommand: commands.take,
    isSession: async (thread) => (await ports.sessions.byThread(thread)) !== null,
    history: threadHistory(homeserver, people),
    takeFile: filesIn({ ...ports, homeserver, maxBytes: settings.maxFileBytes }),
  });
  const batches = takeBatches({ homeserver, rooms, say, log, takeEvent });
  if (!sealed) return batches.take;
  unread = openUnread({
    ...{ unread: ports.unread, say },
    homeserver: sealed.homeserver,
    takeEvent: batches.takeEvent,
  });
  return async (...sync: Parameters<typeof batches.take>) => {
    await batches.take(...sync);
    await unread?.tryAgain();
  };
}
