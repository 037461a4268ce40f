import { memoryPolicies } from './memory-policies.ts';
import { policiesContract } from './policies-contract.ts';

policiesContract('memory', async () => memoryPolicies());
