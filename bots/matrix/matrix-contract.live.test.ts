import { after } from 'node:test';
import { chatContract } from '#core/testing/chat-contract/contract.ts';
import { contractStage } from './testing/contract-stage.ts';
import { startSynapse } from './testing/synapse.ts';

const synapse = await startSynapse({ after });

chatContract('matrix', contractStage(synapse), { unruly: true });
