import { DeckhandError } from '#core/errors.ts';

/** One assignment of a pasted `.env`; `line` counts from 1. */
export interface EnvEntry {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

type Step = { entry: EnvEntry; next: number } | { fault: string; next: number };

const quoteMarks = ['"', "'", '`'];
const shorthands: Record<string, string> = { n: '\n', r: '\r', t: '\t' };

/**
 * Reads what people paste: `NAME=value`, `export NAME="value" # comment`, values in quotes over several lines. In
 * double quotes `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are read as shells and dotenv do. Nothing is expanded.
 * @throws {DeckhandError} `env_invalid`: every fault with its line, never any of a value
 */
export function parseEnvPaste(text: string): EnvEntry[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const entries: EnvEntry[] = [];
  const faults: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const step = readLine(lines, at);
    if (step && 'entry' in step) entries.push(step.entry);
    else if (step) faults.push(`line ${at + 1}: ${step.fault}`);
    at = step?.next ?? at + 1;
  }
  for (const { name, line } of entries) {
    const first = entries.find((one) => one.name === name);
    if (first && first.line !== line)
      faults.push(`line ${line}: ${name} was already set in line ${first.line}`);
  }
  if (faults.length > 0) {
    throw new DeckhandError('env_invalid', `Nothing was stored.\n${faults.join('\n')}`, { blame: 'asker' });
  }
  return entries;
}

function readLine(lines: readonly string[], at: number): Step | undefined {
  const line = (lines[at] ?? '').trimStart();
  if (line === '' || line.startsWith('#')) return undefined;
  const parts = /^(?:export\s+)?(?<name>[^=\s]*)\s*=\s*(?<rest>.*)$/.exec(line)?.groups;
  if (!parts) return { fault: 'has no `=`; right would be NAME=value', next: at + 1 };
  const { name = '', rest = '' } = parts;
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) {
    return { fault: 'the name should be like GITHUB_TOKEN: letters, digits and _', next: at + 1 };
  }
  if (quoteMarks.some((mark) => rest.startsWith(mark))) return readQuoted(lines, at, name, rest);
  const value = rest.replace(/(^|\s)#.*$/, '').trimEnd();
  if (value === '') return { fault: `${name} has no value`, next: at + 1 };
  return { entry: { name, value, line: at + 1 }, next: at + 1 };
}

function readQuoted(lines: readonly string[], at: number, name: string, first: string): Step {
  const mark = first[0] ?? '';
  const text = [first.slice(1), ...lines.slice(at + 1)].join('\n');
  const stop = closingQuote(text, mark);
  if (stop < 0) return { fault: `${name} begins with ${mark} that is never closed`, next: at + 1 };
  const body = text.slice(0, stop);
  const next = at + 1 + (body.match(/\n/g)?.length ?? 0);
  const after = (text.slice(stop + 1).split('\n', 1)[0] ?? '').trim();
  if (after !== '' && !after.startsWith('#')) {
    return { fault: `${name} has text after its closing ${mark}; quote the whole value`, next };
  }
  const value =
    mark === '"' ? body.replace(/\\([nrt"\\$])/g, (_, one: string) => shorthands[one] ?? one) : body;
  if (value === '') return { fault: `${name} has no value`, next };
  return { entry: { name, value, line: at + 1 }, next };
}

function closingQuote(text: string, mark: string): number {
  for (let at = 0; at < text.length; at++) {
    if (mark === '"' && text[at] === '\\') at++;
    else if (text[at] === mark) return at;
  }
  return -1;
}
