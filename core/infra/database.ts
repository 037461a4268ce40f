import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.ts';

/** Postgres through Prisma, and its pool for the few statements that must be one round trip. */
export interface Database {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
  /** A pool of its own for what a sender waits for: it does not queue behind the rest. */
  readonly intake: pg.Pool;
  /** A connection of no pool, not yet opened, for who holds it open; its owner ends it. */
  dedicated(): pg.Client;
  close(): Promise<void>;
}

/** A statement's runner: the pool, or one connection inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

const usualConnections = 10;
/** Few: statements side by side on the same rows and flushes are no faster, and each connection plans for itself. */
const intakeConnections = 4;

export function openDatabase(url: string, options: { connections?: number; name?: string } = {}): Database {
  const name = options.name ?? 'deckhand';
  const pool = openPool(url, name, options.connections ?? usualConnections);
  const intake = openPool(url, name, intakeConnections);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  return {
    prisma,
    pool,
    intake,
    dedicated: () => new pg.Client(connectionOf(url, name)),
    close: async () => {
      await prisma.$disconnect();
      await Promise.all([pool, intake].map((one) => one.ended || one.end()));
    },
  };
}

function connectionOf(url: string, name: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: 10_000,
    // A server that is gone without a word is noticed.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

function openPool(url: string, name: string, max: number): pg.Pool {
  const pool = new pg.Pool({
    ...connectionOf(url, name),
    max,
    // Whoever is paused or cut off in a transaction holds its locks no longer than that: less than a worker's silence.
    idle_in_transaction_session_timeout: 4_000,
  });
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  // The pool does not listen while a connection is lent out; its next statement tells whoever has it.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** SQLSTATE 40P01 deadlock, 40001 serialization: the database chose this one to give way; it may simply try again. */
const giveWay = new Set(['40P01', '40001']);
const maxTries = 3;

/** Runs `work` in one transaction on one connection; rolls back when it throws. `work` may be run again: only SQL in it. */
export function transaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return givingWay(() => transactOnce(pool, work));
}

/** Runs a statement that is a transaction by itself, again where the database made it give way to another. */
export async function givingWay<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === maxTries || !giveWay.has((error as { code?: string }).code ?? '')) throw error;
    }
  }
}

async function transactOnce<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((fault: Error) => {
      broken = fault;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}
