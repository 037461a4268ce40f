import type { Context } from 'hono';

/** One reader of a server-sent event stream. */
export interface EventSink {
  /** Aborts when the reader has gone, is too slow, or the server stops. */
  readonly closed: AbortSignal;
  /** Sends an event that the reader must have; a reader who is too far behind is dropped and resumes from its last id. */
  send(event: string, data: unknown, id?: number): void;
  /** Resolves when there is room for more, or the reader has gone. Whoever sends much waits for it, and nobody is dropped. */
  room(): Promise<void>;
  /** Sends an event that may be lost: it is left out while the reader is behind. */
  offer(event: string, data: unknown): void;
}

export interface EventStreams {
  /** Answers with a stream that `run` feeds until it returns or the sink closes. */
  open(run: (sink: EventSink) => Promise<void>): Response;
  /** How many are open. */
  count(): number;
  /** Ends all streams; readers come back by themselves. */
  closeAll(): void;
}

const heartbeatMs = 15_000;
/** Signing out or losing a role takes hold after this at the latest: the reader comes back and is asked again. */
const lifeMs = 30 * 60_000;
const bufferBytes = 64 * 1024;
const maxBehindBytes = 1024 * 1024;

/** The open streams of one server. `onFault` hears what `run` throws. */
export function openEventStreams(onFault: (fault: unknown) => void): EventStreams {
  const open = new Set<AbortController>();
  return {
    open: (run) => {
      const ending = new AbortController();
      open.add(ending);
      ending.signal.addEventListener('abort', () => open.delete(ending), { once: true });
      return new Response(bodyOf(run, ending, onFault), {
        headers: {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        },
      });
    },
    count: () => open.size,
    closeAll: () => {
      for (const ending of open) ending.abort();
    },
  };
}

function bodyOf(
  run: (sink: EventSink) => Promise<void>,
  ending: AbortController,
  onFault: (fault: unknown) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let heartbeat: NodeJS.Timeout;
  let life: NodeJS.Timeout;
  let waiting: (() => void)[] = [];
  const goOn = () => {
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const write = (text: string) => {
          if (ending.signal.aborted) return;
          controller.enqueue(encoder.encode(text));
          if ((controller.desiredSize ?? 0) < -maxBehindBytes) ending.abort();
        };
        const sink: EventSink = {
          closed: ending.signal,
          send: (event, data, id) => write(frame(event, data, id)),
          room: async () => {
            if (ending.signal.aborted || (controller.desiredSize ?? 0) > 0) return;
            await new Promise<void>((resolve) => waiting.push(resolve));
          },
          offer: (event, data) => {
            if ((controller.desiredSize ?? 0) > 0) write(frame(event, data));
          },
        };
        heartbeat = setInterval(() => write(': still here\n\n'), heartbeatMs);
        life = setTimeout(() => ending.abort(), lifeMs);
        ending.signal.addEventListener('abort', () => {
          clearInterval(heartbeat);
          clearTimeout(life);
          goOn();
          // The reader may have gone already, which closes the controller first.
          try {
            controller.close();
          } catch {}
        });
        write('retry: 1000\n\n');
        run(sink)
          .catch(onFault)
          .finally(() => ending.abort());
      },
      pull: goOn,
      cancel: () => ending.abort(),
    },
    { highWaterMark: bufferBytes, size: (chunk) => chunk?.byteLength ?? 0 },
  );
}

function frame(event: string, data: unknown, id?: number): string {
  const place = id === undefined ? '' : `id: ${id}\n`;
  return `${place}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Where a reader wants to go on: the browser's header after a break, else the query of its first request. */
export function resumeAfter(c: Context, queryAfter: number | undefined): number {
  const header = c.req.header('last-event-id') ?? '';
  return /^\d{1,15}$/.test(header) ? Number(header) : (queryAfter ?? 0);
}
