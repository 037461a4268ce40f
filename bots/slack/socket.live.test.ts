import { chatContract } from '#core/testing/chat-contract/contract.ts';
import { openSlackStage } from './testing/stage.ts';

chatContract('slack over Socket Mode', (t) => openSlackStage(t, 'socket'), { unruly: true });
