import { join } from 'node:path';
import { settle } from './setup/ending.ts';
import { runProof } from './setup/run-proof.ts';

/** `npm run matrix -- [--turns N] [--kills N] [--gap N]`: kills what reads Matrix, and counts what it answers. */
await settle(() => runProof(join(import.meta.dirname, '../worker/proof/matrix/main.ts')));
