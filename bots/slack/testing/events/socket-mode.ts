import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { TwinClock } from '../clock.ts';
import { isObject, type Json } from '../json.ts';
import { numbers } from '../numbers.ts';
import type { Answer, Transport } from './delivery.ts';

export interface SocketMode extends Transport {
  /** A ticket for one connection: `apps.connections.open` hands out its URL. */
  ticket(): string;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly connections: number;
  /** Tells one connection, or all, that they are renewed, and closes them 10 s later unless the app does. */
  refresh(reason?: 'warning' | 'refresh_requested'): void;
  /** Cuts every connection without a word, as a broken line does. */
  cut(): void;
}

interface Pending {
  socket: WebSocket;
  ack: () => Promise<void>;
  settle: (answer: Answer) => void;
}

const parse = (text: string): Json => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * Socket Mode's far side. "When multiple connections are active, each payload may be sent to any of the connections"
 * (docs.slack.dev/apis/events-api/using-socket-mode/); the twin takes them in turn.
 */
export function createSocketMode(appId: string, clock: TwinClock, changed: () => void): SocketMode {
  const server = new WebSocketServer({ noServer: true });
  const tickets = new Set<string>();
  const sockets = new Set<WebSocket>();
  const pending = new Map<string, Pending>();
  let turn = 0;
  let issued = 0;

  function acknowledge(text: string): void {
    const message = parse(text);
    if (!isObject(message) || typeof message.envelope_id !== 'string') return;
    const waiting = pending.get(message.envelope_id);
    pending.delete(message.envelope_id);
    void waiting?.ack().then(() => waiting.settle({ acknowledged: true, body: message.payload }));
  }

  function leave(socket: WebSocket): void {
    sockets.delete(socket);
    changed();
    for (const [id, waiting] of pending) {
      if (waiting.socket !== socket) continue;
      pending.delete(id);
      waiting.settle({ acknowledged: false, reason: 'connection_failed' });
    }
  }

  function welcome(socket: WebSocket): void {
    if (sockets.size >= numbers.sockets.value) {
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets' }));
      socket.close();
      return;
    }
    sockets.add(socket);
    changed();
    socket.on('message', (data) => acknowledge(String(data)));
    socket.on('close', () => leave(socket));
    socket.on('error', () => leave(socket));
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: sockets.size,
        connection_info: { app_id: appId },
        debug_info: { host: 'twin', approximate_connection_time: 18_060 },
      }),
    );
  }

  return {
    ticket: () => {
      issued += 1;
      tickets.add(String(issued));
      return String(issued);
    },
    upgrade: (request, socket, head) => {
      const ticket = new URL(request.url ?? '/', 'http://twin').searchParams.get('ticket') ?? '';
      // Assumed: a ticket opens one connection, once.
      if (!tickets.delete(ticket)) return void socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      server.handleUpgrade(request, socket, head, welcome);
    },
    get connections() {
      return sockets.size;
    },
    connected: () => sockets.size > 0,
    send: (envelope, ack) => {
      const open = [...sockets];
      turn += 1;
      const socket = open[turn % open.length];
      if (!socket) return Promise.resolve({ acknowledged: false, reason: 'connection_failed' });
      // Late acknowledgements still reach the test's hook: the entry stays until the connection goes.
      return new Promise((settle) => {
        pending.set(envelope.id, { socket, ack, settle });
        socket.send(
          JSON.stringify({
            envelope_id: envelope.id,
            type: envelope.kind,
            payload: envelope.payload,
            accepts_response_payload: envelope.kind !== 'events_api',
            ...(envelope.kind === 'events_api'
              ? { retry_attempt: envelope.attempt, retry_reason: envelope.retryReason ?? '' }
              : {}),
          }),
        );
      });
    },
    refresh: (reason = 'refresh_requested') => {
      for (const socket of sockets) {
        socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'twin' } }));
        clock.after(numbers.socketWarningMs.value, () => socket.close());
      }
    },
    cut: () => {
      for (const socket of sockets) socket.terminate();
    },
    close: async () => {
      const open = [...server.clients];
      // Bolt's `stop` does not wait for the close handshake, and a connection cut in the middle of one leaves a
      // timer of 30 s behind in the app's client (@slack/socket-mode 3.1.0): let it finish, for a second at most.
      const ended = open.map((socket) => new Promise((done) => socket.once('close', done)));
      for (const socket of open) socket.close(1001);
      const hurry = setTimeout(() => open.forEach((socket) => void socket.terminate()), 1_000);
      await Promise.all(ended);
      clearTimeout(hurry);
    },
  };
}
