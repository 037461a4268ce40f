import { WebSocket } from 'ws';

/** One connection of Socket Mode. */
export interface Connection {
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Stops taking; resolves within a second. */
  close(): Promise<void>;
}

/** What comes over a connection (docs.slack.dev/apis/events-api/using-socket-mode). */
export interface Envelope {
  type: 'events_api' | 'interactive' | 'slash_commands';
  envelope_id: string;
  payload: unknown;
}

export interface ConnectionHandlers {
  /** Acknowledged when it resolves, with what it gives; not when it rejects: Slack then sends it again. */
  take(envelope: Envelope): Promise<object | undefined>;
  /** Slack is about to end this connection: a new one should stand before that. */
  onEnding(): void;
}

/** Slack pings every few seconds; a line that says nothing for this long is dead. */
const silenceMs = 30_000;
const pingMs = 10_000;
const closeMs = 1_000;

/** Opens a connection; resolves once Slack has said hello. All its timers end with it. */
export function openConnection(url: string, handlers: ConnectionHandlers): Promise<Connection> {
  const socket = new WebSocket(url, { handshakeTimeout: 10_000 });
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const { promise: opened, resolve: open, reject: fail } = Promise.withResolvers<Connection>();
  let heardMs = Date.now();
  const watch = setInterval(() => {
    if (Date.now() - heardMs > silenceMs) socket.terminate();
    else if (socket.readyState === WebSocket.OPEN) socket.ping();
  }, pingMs);
  const heard = () => {
    heardMs = Date.now();
  };

  const connection: Connection = {
    ended,
    close: async () => {
      socket.close(1000);
      const hurry = setTimeout(() => socket.terminate(), closeMs);
      await ended;
      clearTimeout(hurry);
    },
  };

  async function take(envelope: Envelope): Promise<void> {
    const payload = await handlers.take(envelope);
    const answer = { envelope_id: envelope.envelope_id, ...(payload ? { payload } : {}) };
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(answer));
  }

  socket.on('ping', heard).on('pong', heard);
  socket.on('message', (data) => {
    heard();
    const message = parse(String(data));
    if (message.type === 'hello') open(connection);
    else if (message.type === 'disconnect') handlers.onEnding();
    // What was not taken is not acknowledged; the handler has said why.
    else if (isEnvelope(message)) take(message).catch(() => {});
  });
  socket.on('error', (error) => fail(error));
  socket.on('close', () => {
    clearInterval(watch);
    fail(new Error('the connection ended before Slack said hello'));
    end();
  });
  return opened;
}

function parse(text: string): { type?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function isEnvelope(message: { type?: unknown }): message is Envelope {
  const kinds: unknown[] = ['events_api', 'interactive', 'slash_commands'];
  return kinds.includes(message.type) && 'envelope_id' in message;
}
