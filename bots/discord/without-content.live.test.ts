import { chatContract } from '#core/testing/chat-contract/contract.ts';
import { openDiscordStage } from './testing/stage.ts';

chatContract('discord without message content', (t) => openDiscordStage(t, { messageContent: false }), {
  unruly: true,
});
