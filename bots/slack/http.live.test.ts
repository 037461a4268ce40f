import { chatContract } from '#core/testing/chat-contract/contract.ts';
import { openSlackStage } from './testing/stage.ts';

chatContract('slack over HTTP', (t) => openSlackStage(t, 'http'), { unruly: true });
