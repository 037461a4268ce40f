import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The system policy where nobody has saved one: version 0, preset allowlist. */
export const defaultSystemPolicy: string = readFileSync(
  join(import.meta.dirname, 'default-system.yaml'),
  'utf8',
);
