import { join } from 'node:path';
import { settle } from './setup/ending.ts';
import { runProof } from './setup/run-proof.ts';

/** `npm run conserve -- [--seeds N]`: counts what becomes of what people say. */
await settle(() => runProof(join(import.meta.dirname, '../worker/proof/conserve/main.ts')));
