import type { HostAsks, Uses } from '#core/approvals/host-asks.ts';
import { toRow, type UnplacedRow } from '#core/events/appender.ts';
import type { Signer } from '#core/events/signing.ts';
import type { Fence } from '#core/secrets/leases.ts';
import type { Queryable } from '../database.ts';

/** One call of the database holds as many as wait by then, and no more than this. */
const maxRows = 100;

interface Waiting {
  row: UnplacedRow;
  uses: Uses;
  settle: PromiseWithResolvers<boolean>;
}

/**
 * Fence, lease, answer and intent in one round trip under the session's lock (`begin_requests` in prisma/migrations). Of
 * each claim one call is in flight; what comes meanwhile shares the next one and its flush. Each request is judged by a
 * statement that began after it had asked, so that whatever was taken back before holds for it.
 */
export function beginRequests(pool: Queryable, signer: Signer): HostAsks['begin'] {
  const lines = new Map<string, Waiting[]>();

  async function drain(key: string, fence: Fence, line: Waiting[]): Promise<void> {
    // What comes in this moment shares the call.
    await new Promise(setImmediate);
    while (line.length > 0) {
      const batch = line.splice(0, maxRows);
      try {
        const may = await call(pool, fence, batch);
        for (const [place, { settle }] of batch.entries()) settle.resolve(may[place] === true);
      } catch (error) {
        for (const { settle } of batch) settle.reject(error);
      }
    }
    lines.delete(key);
  }

  return (fence, intent, uses) => {
    const { sessionId, turnId, epoch } = fence;
    const at = new Date().toISOString();
    const draft = {
      sessionId,
      turnId,
      epoch: null,
      type: 'egress.intent' as const,
      key: null,
      body: intent,
      at,
    };
    const waiting = {
      row: toRow({ draft, signed: true }, signer),
      uses,
      settle: Promise.withResolvers<boolean>(),
    };
    const key = `${turnId} ${epoch}`;
    const line = lines.get(key);
    if (line) line.push(waiting);
    else {
      const begun = [waiting];
      lines.set(key, begun);
      void drain(key, fence, begun);
    }
    return waiting.settle.promise;
  };
}

async function call(
  pool: Queryable,
  { sessionId, turnId, epoch }: Fence,
  batch: readonly Waiting[],
): Promise<boolean[]> {
  const { rows } = await pool.query<{ may: boolean[] }>({
    name: 'begin_requests',
    text: 'SELECT begin_requests($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) AS may',
    values: [
      ...[sessionId, turnId, epoch],
      batch.map(({ uses }) => uses.secret?.secretId ?? null),
      batch.map(({ uses }) => uses.secret?.version ?? null),
      batch.map(({ uses }) => uses.itemId),
      batch.map(({ row }) => row.body),
      batch.map(({ row }) => row.contentHash),
      batch.map(({ row }) => row.keyId),
      batch.map(({ row }) => row.signature),
      batch.map(({ row }) => row.at),
    ],
  });
  return rows[0]?.may ?? [];
}
