import { memoryTemplateStore } from './memory-templates.ts';
import { templateStoreContract } from './template-store-contract.ts';

templateStoreContract('memory', async () => memoryTemplateStore());
