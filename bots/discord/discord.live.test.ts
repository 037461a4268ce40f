import { chatContract } from '#core/testing/chat-contract/contract.ts';
import { openDiscordStage } from './testing/stage.ts';

chatContract('discord', (t) => openDiscordStage(t), { unruly: true });
