import { consoleAdapter } from '#bots/console/adapter.ts';
import type { ConsoleContent } from '#bots/console/types.ts';
import { startFirings } from '#bots/firings.ts';
import { openInbound } from '#bots/inbound.ts';
import { openConsoleThreads } from '#core/infra/console-threads.ts';
import { openCore } from '#core/infra/open-core.ts';
import { openLog } from '#core/log.ts';
import { startScheduler } from '#worker/scheduler.ts';

/** One process that ticks and hands in, until it is killed: `scheduler-process.ts DATABASE_URL HOME`. */
const [databaseUrl = '', home = ''] = process.argv.slice(2);
const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'flood' });
const log = openLog('flood', 'error');
const handle = openInbound({ ...core, log, limits: { maxQueued: 10_000, maxMessageBytes: 1_000 } });
startScheduler({ clockwork: core.clockwork, log, tickMs: 50 });
startFirings({
  ...core,
  adapters: { console: consoleAdapter(openConsoleThreads<ConsoleContent>(core.database)) },
  handle,
  log,
  tickMs: 50,
});
process.send?.('ready');
