import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a session is given when nobody chose anything. */
export const defaultTemplate = 'assistant';

const folder = join(import.meta.dirname, 'shipped');

/** The texts that Deckhand brings, by name: each stands as the system's layer until an operator saves one of their own. */
export const shippedTemplates: ReadonlyMap<string, string> = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => [file.replace(/\.yaml$/, ''), readFileSync(join(folder, file), 'utf8')]),
);
