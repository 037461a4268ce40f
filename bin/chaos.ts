import { join } from 'node:path';
import { settle } from './setup/ending.ts';
import { runProof } from './setup/run-proof.ts';

/** `npm run chaos -- [--seeds N] [--seed X]`: kills what works. */
await settle(() => runProof(join(import.meta.dirname, '../worker/proof/chaos/main.ts')));
