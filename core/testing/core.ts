import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileRef } from '#core/events/types.ts';
import { type Core, openCore } from '#core/infra/open-core.ts';
import type { Claim, Submitted } from '#core/turns/ports.ts';
import { openTestDatabase } from './database.ts';
import { lastFirst, type Releases } from './last-first.ts';

export interface TestCore extends Core {
  databaseUrl: string;
  home: string;
}

/** A core on a fresh database and a folder of its own, closed when the test ends. */
export async function openTestCore(t: Releases): Promise<TestCore> {
  const releases = lastFirst(t);
  const { url } = await openTestDatabase(releases);
  const home = await mkdtemp(join(tmpdir(), 'deckhand-test-'));
  const core = await openCore({ databaseUrl: url, redisUrl: undefined, home, name: 'test' });
  releases.after(async () => {
    await core.close();
    await rm(home, { recursive: true, force: true });
  });
  return { ...core, databaseUrl: url, home };
}

/** A second process's view of the same database. */
export async function openAnother(t: Releases, core: TestCore): Promise<TestCore> {
  const { databaseUrl, home } = core;
  const other = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'other' });
  t.after(() => other.close());
  return { ...other, databaseUrl, home };
}

/** Submits a message of a console user; people and threads are made by name. */
export async function say(
  core: Core,
  thread: string,
  message: {
    id?: string;
    text?: string;
    by?: string;
    opens?: boolean;
    maxQueued?: number;
    files?: FileRef[];
  } = {},
): Promise<Submitted> {
  const by = message.by ?? 'ana';
  const author = await core.identities.resolve(
    'console',
    { externalId: 'local', name: 'local' },
    { id: by, name: by },
  );
  return core.turns.submit({
    thread: { platform: 'console', workspace: 'local', channel: 'home', thread },
    workspaceId: author.workspaceId,
    author: { userId: author.userId, name: author.name },
    eventId: message.id ?? crypto.randomUUID(),
    text: message.text ?? 'hello',
    files: message.files ?? [],
    sentAt: new Date().toISOString(),
    opens: message.opens ?? true,
    maxQueued: message.maxQueued ?? 10_000,
  });
}

/** Submits and insists that it was accepted. */
export async function sayAccepted(core: Core, thread: string, message: Parameters<typeof say>[2] = {}) {
  const submitted = await say(core, thread, message);
  if (submitted.kind !== 'accepted') throw new Error(`not accepted: ${submitted.kind}`);
  return submitted;
}

export async function newWorker(core: Core, id = `wrk_${crypto.randomUUID()}`): Promise<string> {
  await core.claims.register(id, 'test', 8);
  return id;
}

/** Ends a claimed turn with an answer. */
export function finishWell(core: Core, claim: Claim, answer = 'done'): Promise<boolean> {
  const usage = { requests: 0, inputTokens: 0, outputTokens: 0 };
  return core.claims.finish(claim, 'succeeded', { state: 'succeeded', answer, error: null, usage });
}
