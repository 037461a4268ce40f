import { chatContract } from '#core/testing/chat-contract/contract.ts';
import { openSlackStage } from './testing/stage.ts';

chatContract('slack on the free plan', (t) => openSlackStage(t, 'socket', { plan: 'free' }), {
  unruly: true,
});
