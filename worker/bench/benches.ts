import type { About } from './about.ts';
import { about as context } from './context/about.ts';
import { about as discord } from './discord/about.ts';
import { about as egress } from './egress/about.ts';
import { about as journal } from './journal/about.ts';
import { about as recovery } from './recovery/about.ts';
import { about as roles } from './roles/about.ts';
import { about as sandbox } from './sandbox/about.ts';
import { about as schedules } from './schedules/about.ts';
import { about as slack } from './slack/about.ts';
import { about as sse } from './sse/about.ts';
import { about as storage } from './storage/about.ts';
import { about as turns } from './turns/about.ts';
import { about as page } from './visits/about.ts';

/** Every bench by its name, in the order in which they run. */
export const benches = {
  turns,
  recovery,
  roles,
  journal,
  slack,
  discord,
  context,
  schedules,
  sse,
  page,
  storage,
  sandbox,
  egress,
} satisfies Record<string, About>;

export type BenchName = keyof typeof benches;

export const benchNames = Object.keys(benches) as BenchName[];

export function isBench(name: string): name is BenchName {
  return Object.hasOwn(benches, name);
}
