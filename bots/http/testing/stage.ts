import { openCommands } from '#bots/commands.ts';
import { consoleAdapter } from '#bots/console/adapter.ts';
import { announcing } from '#bots/console/announce.ts';
import { type ConsoleInbound, consoleInbound } from '#bots/console/inbound.ts';
import type { ConsoleContent } from '#bots/console/types.ts';
import { startFirings } from '#bots/firings.ts';
import { openInbound } from '#bots/inbound.ts';
import { startNotices } from '#bots/notices.ts';
import { startOutbound } from '#bots/outbound.ts';
import { readConfig, shownSettings } from '#core/config.ts';
import { openVerifier } from '#core/events/signing.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import type { Role } from '#core/identity/roles.ts';
import { openConsoleThreads } from '#core/infra/console-threads.ts';
import { type Log, openLog } from '#core/log.ts';
import { readKeys } from '#core/machine/keys.ts';
import { openScheduleDesk } from '#core/schedules/desk.ts';
import { openTestCore, type TestCore } from '#core/testing/core.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';
import type { HttpDeps } from '../deps.ts';
import { createHttpServer } from '../server.ts';
import { startScriptedWorker } from './scripted-worker.ts';

export interface Stage {
  core: TestCore;
  inbound: ConsoleInbound;
  url: string;
  owner: UserFacts;
  /** The owner's API key. */
  key: string;
  /** Calls the API with the owner's key and gives status and body. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** What the server was given. */
  deps: HttpDeps;
  /** The server goes away, with every connection; what it gives brings it back on the same port. */
  goAway(): Promise<() => Promise<void>>;
  /** Adds a person of this role to the console. */
  addPerson(name: string, role: Role): Promise<{ user: UserFacts; key: string }>;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came and asserts on it
  body: any;
}

/** The bots role on a core of its own or a given one, with a scripted worker; on a free port, gone when the test ends. */
export async function openStage(
  t: Releases,
  options: { worker?: boolean; log?: Log; core?: TestCore } = {},
): Promise<Stage> {
  const releases = lastFirst(t);
  const core = options.core ?? (await openTestCore(releases));
  const log = options.log ?? openLog('test', 'silent');
  const threads = announcing(openConsoleThreads<ConsoleContent>(core.database), core.live);
  const limits = { maxQueued: 200, maxMessageBytes: 64 * 1024 };
  const handle = openInbound({ ...core, log, limits });
  const adapters = { console: consoleAdapter(threads) };
  const desk = openScheduleDesk(core.schedules, { floorMs: 60_000, maxPerOwner: 50 });
  const tryCommand = openCommands({ ...core, desk, adapters, handle, pageUrl: 'http://page' });
  const inbound = consoleInbound(threads, handle, tryCommand);
  const firings = startFirings({ ...core, adapters, handle, log, tickMs: 20 });
  releases.after(() => firings.stop());
  const board = startNotices({ adapters, notices: core.notices, log });
  releases.after(() => board.stop());
  const outbound = await startOutbound({
    adapters,
    posts: core.posts,
    live: core.live,
    log,
  });
  releases.after(() => outbound.stop());
  const deps: HttpDeps = {
    ...core,
    threads,
    inbound,
    tryCommand,
    desk,
    log,
    instance: {
      version: 'test',
      model: 'demo',
      demo: true,
      maxMessageBytes: limits.maxMessageBytes,
      maxFileBytes: 1024 * 1024,
    },
    settings: shownSettings(readConfig({})),
    verifier: () => openVerifier(readKeys(core.home)),
    hostNames: [],
    pageUrl: 'http://page',
    https: false,
    health: async () => [{ name: 'database', ok: true, detail: 'answers' }],
  };
  let server = await createHttpServer(deps);
  const { url, port } = await server.listen(0, '127.0.0.1');
  releases.after(() => server.close(1000));
  if (options.worker !== false) {
    const worker = startScriptedWorker(core);
    releases.after(() => worker.stop());
  }
  const owner = await core.identities.localOwner();
  const key = await core.credentials.createApiKey(owner.userId, 'test');
  return {
    core,
    inbound,
    deps,
    goAway: async () => {
      await server.close(0);
      return async () => {
        server = await createHttpServer(deps);
        await server.listen(port, '127.0.0.1');
      };
    },
    url,
    owner,
    key,
    call: (method, path, body, headers) =>
      call(url, method, path, body, { authorization: `Bearer ${key}`, ...headers }),
    addPerson: async (name, role) => {
      const { userId } = await core.identities.resolve(
        'console',
        { externalId: 'local', name: 'local' },
        { id: name, name },
      );
      await core.database.prisma.user.update({ where: { id: userId }, data: { role } });
      const user = await core.identities.byId(userId);
      if (!user) throw new Error(`${name} was not made`);
      return { user, key: await core.credentials.createApiKey(userId, 'test') };
    },
  };
}

/** One request; JSON bodies are written and read. */
export async function call(
  url: string,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...sent,
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
