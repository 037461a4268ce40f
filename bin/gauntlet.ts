import { join } from 'node:path';
import { settle } from './setup/ending.ts';
import { runProof } from './setup/run-proof.ts';

/** `npm run gauntlet -- [--only TEXT]`: attacks the sandbox and the door. */
await settle(() => runProof(join(import.meta.dirname, '../worker/proof/gauntlet/main.ts')));
