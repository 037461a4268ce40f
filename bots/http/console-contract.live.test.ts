import { chatContract } from '#core/testing/chat-contract/contract.ts';
import { openConsoleStage } from './testing/console-stage.ts';

chatContract('console', openConsoleStage, { unruly: false });
