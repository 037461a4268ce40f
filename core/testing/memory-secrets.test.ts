import { memorySecrets } from './memory-secrets.ts';
import { secretsContract } from './secrets-contract.ts';

secretsContract('memory', async () => memorySecrets());
