import { benchContext } from './context/context.ts';
import { benchEgress } from './egress/egress.ts';
import { benchJournal } from './journal/journal.ts';
import { type Metric, tableOf } from './metric.ts';
import { benchSandbox } from './sandbox/sandbox.ts';
import { benchSchedules } from './schedules.ts';
import { benchSlack } from './slack/slack.ts';
import { benchSse } from './sse/sse.ts';
import { benchStorage } from './storage.ts';
import { benchTurns } from './turns/turns.ts';

type Bench = (say: (what: string) => void) => Promise<Omit<Metric, 'bench'>[]>;

/** Every bench by its name. */
const benches: Record<string, Bench> = {
  context: benchContext,
  egress: benchEgress,
  journal: benchJournal,
  sandbox: benchSandbox,
  schedules: benchSchedules,
  slack: benchSlack,
  sse: benchSse,
  storage: benchStorage,
  turns: benchTurns,
};

/** `npm run bench -- [NAME…]`: all benches, or those that are named. */
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches);
const metrics: Metric[] = [];
for (const name of names) {
  const bench = benches[name];
  if (!bench) {
    process.stderr.write(`✗ There is no bench ${name}. There are: ${Object.keys(benches).join(', ')}\n`);
    process.exitCode = 1;
    continue;
  }
  const found = await bench((what) => process.stderr.write(`… ${name}: ${what}\n`));
  metrics.push(...found.map((metric) => ({ bench: name, ...metric })));
}
process.stdout.write(`${tableOf(metrics)}\n`);
for (const metric of metrics) process.stdout.write(`${JSON.stringify(metric)}\n`);
