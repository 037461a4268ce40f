import { type BenchName, benchNames, isBench } from './benches.ts';
import { benchContext } from './context/context.ts';
import { benchDiscord } from './discord/discord.ts';
import { benchEgress } from './egress/egress.ts';
import { benchJournal } from './journal/journal.ts';
import type { Found } from './metric.ts';
import { benchRecovery } from './recovery/recovery.ts';
import { benchRoles } from './roles/roles.ts';
import { benchSandbox } from './sandbox/sandbox.ts';
import { benchSchedules } from './schedules/schedules.ts';
import { benchSlack } from './slack/slack.ts';
import { benchSse } from './sse/sse.ts';
import { benchStorage } from './storage/storage.ts';
import { benchTurns } from './turns/turns.ts';
import { benchPage } from './visits/visits.ts';

/** One bench in a process of its own, whose name is the argument: what another one left in memory is not in its figures. A program. */
const run: Record<BenchName, (say: (what: string) => void) => Promise<Found[]>> = {
  context: benchContext,
  discord: benchDiscord,
  egress: benchEgress,
  journal: benchJournal,
  page: benchPage,
  recovery: benchRecovery,
  roles: benchRoles,
  sandbox: benchSandbox,
  schedules: benchSchedules,
  slack: benchSlack,
  sse: benchSse,
  storage: benchStorage,
  turns: benchTurns,
};

const name = process.argv[2] ?? '';
if (!isBench(name)) throw new Error(`There is no bench ${name}. There are: ${benchNames.join(', ')}`);
for (const end of ['disconnect', 'SIGTERM'] as const) process.on(end, () => process.exit(1));
// The Agents SDK listens for what nobody catches, and ends the process with no more than "object": said before that.
process.prependListener('unhandledRejection', (error) => tell(error));
try {
  const found = await run[name]((what) => process.stderr.write(`… ${name}: ${what}\n`));
  // What a vendor leaves open must not keep a bench from ending: all that is measured is told.
  process.send?.({ found }, () => process.exit(0));
} catch (error) {
  tell(error);
  process.exit(1);
}

function tell(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
}
