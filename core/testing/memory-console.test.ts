import { consoleStoreContract } from './console-store-contract.ts';
import { memoryConsoleStore } from './memory-console.ts';

consoleStoreContract('memory', async () => memoryConsoleStore());
