import { openConsoleThreads } from '#core/infra/console-threads.ts';
import { openDatabase } from '#core/infra/database.ts';
import { openTestDatabase } from '#core/testing/database.ts';
import { lastFirst } from '#core/testing/last-first.ts';
import { memoryConsoleStore } from '#core/testing/memory-console.ts';
import { noticesContract } from '#core/testing/notices-contract.ts';
import { consoleAdapter } from './adapter.ts';
import { type ConsoleContent, type ConsoleThreads, consoleThread } from './types.ts';

const stageOn = (threads: ConsoleThreads) => ({
  adapter: consoleAdapter(threads),
  thread: consoleThread('thr_there'),
  texts: async ({ thread }: { thread: string }) =>
    (await threads.list(thread, 100)).flatMap(({ content }) =>
      content.type === 'post' ? content.blocks.map((block) => ('text' in block ? block.text : '')) : [],
    ),
});

noticesContract('console in memory', async () => stageOn(memoryConsoleStore<ConsoleContent>()));
noticesContract('console on Postgres', async (t) => {
  const releases = lastFirst(t);
  const { url } = await openTestDatabase(releases);
  const database = openDatabase(url);
  releases.after(() => database.close());
  return stageOn(openConsoleThreads<ConsoleContent>(database));
});
