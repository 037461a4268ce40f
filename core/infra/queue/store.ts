import {
  createPostgresBackend,
  createPostgresRelayBackend,
  type JobsOptions,
  Queue,
  Relay,
  runMigrations,
  Worker,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';

const queueName = 'wakes';

/** What is asked of a queue and of a worker, whatever store is behind them. */
export interface WakeQueue {
  add(name: string, data: { sessionId: string }, options: JobsOptions): Promise<unknown>;
  close(): Promise<void>;
}
export interface WakeWorker {
  getNextJob(token: string): Promise<Wake | undefined>;
  close(force: boolean): Promise<void>;
}
export interface Wake {
  data: { sessionId: string };
  moveToCompleted(result: null, token: string, fetchNext: false): Promise<unknown>;
}

/** BullMQ on one of its two stores. The rest of the code does not know which. */
export interface QueueStore {
  openQueue(): WakeQueue;
  openWorker(): WakeWorker;
  openRelay(): Relay;
  close(): Promise<void>;
}

/** Redis or Valkey. */
export function openRedisStore(url: string): QueueStore {
  const connections: Redis[] = [];
  const connect = () => {
    const connection = new Redis(url, { maxRetriesPerRequest: null });
    connection.on('error', () => {});
    connections.push(connection);
    return connection;
  };
  return {
    openQueue: () => quiet(new Queue(queueName, { connection: connect() })),
    openWorker: () => quiet(new Worker(queueName, null, { connection: connect(), ...listener })),
    openRelay: () => quiet(new Relay({ connection: connect() })),
    close: async () => {
      for (const connection of connections) connection.disconnect();
    },
  };
}

/**
 * The same Postgres that holds the truth, in a schema of its own. Its commits need not be flushed: the queue is
 * disposable (I9), and NOTIFY makes them queue up behind each other.
 */
export async function openPostgresStore(url: string): Promise<QueueStore> {
  const connection = { connectionString: url, options: '-c synchronous_commit=off', max: 4 };
  const pool = new pg.Pool({ ...connection, max: 1 });
  try {
    await runMigrations(pool);
  } finally {
    await pool.end();
  }
  return {
    openQueue: () => quiet(new Queue(queueName, { connection }, createPostgresBackend)),
    openWorker: () => quiet(new Worker(queueName, null, { connection, ...listener }, createPostgresBackend)),
    openRelay: () => quiet(new Relay({ connection, backend: createPostgresRelayBackend })),
    close: async () => {},
  };
}

/** A worker that only takes a job when asked to. */
const listener = {
  autorun: false,
  /** Seconds a take waits before it looks again; also the longest that a close waits for it. */
  drainDelay: 1,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
  // The sweeper finds what a dead process held; nothing depends on this check (I9).
  skipStalledCheck: true,
};

/** A lost connection is mended by BullMQ; the sweeper covers the gap. An unheard 'error' event would end the process. */
function quiet<T extends { on(event: 'error', listener: () => void): unknown }>(source: T): T {
  source.on('error', () => {});
  return source;
}
