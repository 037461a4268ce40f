import { chatContract } from '#core/testing/chat-contract/contract.ts';
import { openSlackStage } from './testing/stage.ts';

chatContract('slack over Socket Mode', (t) => openSlackStage(t, 'socket'), { unruly: true });
chatContract('slack over HTTP', (t) => openSlackStage(t, 'http'), { unruly: true });
chatContract('slack on the free plan', (t) => openSlackStage(t, 'socket', { plan: 'free' }), {
  unruly: true,
});
