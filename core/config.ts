import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { DeckhandError, messageOf } from '#core/errors.ts';
import { egressOnly, type Settings, settings, type TestSettings, testSettings } from '#core/settings.ts';

/** Settings with the paths made absolute. Passed to whoever needs them; only this file reads the environment. */
export interface Config extends Settings {
  /** Absolute DECKHAND_HOME. */
  home: string;
  /** No provider is set up: the demo model answers. */
  demo: boolean;
}

/** @throws {DeckhandError} `config.invalid`, listing every fault at once. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const { given, unread } = withFiles(
    Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')),
  );
  const parsed = settings.safeParse(given);
  const faults = [
    ...unread,
    ...unknownNames(given),
    ...(parsed.error?.issues ?? []).map((issue) => faultOf(issue, given)),
  ];
  if (!parsed.success || faults.length > 0) {
    throw new DeckhandError(
      'config.invalid',
      `These settings cannot be used; correct them in .env or the environment:\n${faults.join('\n')}`,
    );
  }
  const home = parsed.data.DECKHAND_HOME.replace(/^~(?=\/|$)/, homedir());
  const { OPENAI_API_KEY, OPENAI_BASE_URL, DECKHAND_MODELS } = parsed.data;
  const demo = !OPENAI_API_KEY && !OPENAI_BASE_URL && !DECKHAND_MODELS;
  return { ...parsed.data, home: resolve(home), demo };
}

/** Where the value of a setting stands in a file: `NAME_FILE`, for secrets that no environment should show. */
export const fileOf = (name: keyof Settings): string => `${name}_FILE`;

/** Reads what is given by files. A value that is given itself goes before its file. */
function withFiles(environment: NodeJS.ProcessEnv): { given: NodeJS.ProcessEnv; unread: string[] } {
  const given = { ...environment };
  const unread: string[] = [];
  for (const name of Object.keys(settings.shape) as (keyof Settings)[]) {
    const file = environment[fileOf(name)];
    delete given[fileOf(name)];
    if (file === undefined || given[name] !== undefined) continue;
    try {
      const value = readFileSync(file, 'utf8').trim();
      if (value !== '') given[name] = value;
    } catch (error) {
      unread.push(`  ${fileOf(name)}=${file}: ${messageOf(error)}. ${settings.shape[name].description}`);
    }
  }
  return { given, unread };
}

function faultOf(issue: z.core.$ZodIssue, given: NodeJS.ProcessEnv): string {
  const name = String(issue.path[0]);
  const what = settings.shape[name as keyof Settings]?.description ?? '';
  return `  ${name}=${shown(name, given[name])}: ${expectation(issue)}. ${what}`;
}

/** A setting with a slip of the pen in its name would be passed over in silence. */
function unknownNames(given: NodeJS.ProcessEnv): string[] {
  const known = [...Object.keys(settings.shape), ...Object.keys(testSettings.shape)];
  return Object.keys(given)
    .filter((name) => name.startsWith('DECKHAND_') && !known.includes(name))
    .map((name) => `  ${name}: there is no such setting. .env.example lists those there are.`);
}

/** Addresses and keys may hold secrets. */
function shown(name: string, value: string | undefined): string {
  return /_URL$|_KEY$|_KEYS_|_TOKEN$|_SECRET$|_PASSWORD$/.test(name) ? '…' : (value ?? '');
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type')
    return issue.expected === 'int' ? 'this is no whole number' : 'this is no number';
  if (issue.code === 'invalid_value') return `write one of ${issue.values.join(', ')}`;
  if (issue.code === 'too_small')
    return `it must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
  if (issue.code === 'too_big') return `it must be at most ${issue.maximum}`;
  return issue.message;
}

/** A setting as the page shows it. */
export interface ShownSetting {
  name: string;
  /** Null: not set. Of what may hold a secret only that it is set. */
  value: string | null;
  /** It is what holds when nothing is set. */
  usual: boolean;
  about: string;
}

/** What this process was started with, for administrators; what is for egress alone is left out. */
export function shownSettings(config: Settings): ShownSetting[] {
  const usual = settings.parse({}) as Record<string, unknown>;
  return Object.entries(settings.shape)
    .filter(([name]) => !egressOnly.includes(name as keyof Settings))
    .map(([name, schema]) => {
      const value = config[name as keyof Settings];
      const isUsual = JSON.stringify(value) === JSON.stringify(usual[name]);
      const empty = value === undefined || (Array.isArray(value) && value.length === 0);
      // A value that we bring along holds no secret.
      const text = isUsual ? String(value) : shown(name, String(value)) === '…' ? 'set' : String(value);
      return { name, value: empty ? null : text, usual: isUsual, about: schema.description ?? '' };
    });
}

export function readTestSettings(environment: NodeJS.ProcessEnv = process.env): TestSettings {
  return testSettings.parse(environment);
}

/** The environment of a process that is to see these settings whatever its own `.env` says. */
export function environmentWith(
  changes: Partial<Record<keyof Settings | keyof TestSettings, string>>,
): NodeJS.ProcessEnv {
  return { ...process.env, ...changes };
}
