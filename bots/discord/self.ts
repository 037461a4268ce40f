import { type APIApplication, ApplicationFlags, Routes } from 'discord.js';
import type { DiscordCalls } from './calls.ts';
import type { DiscordSelf } from './types.ts';

/** Which app the token belongs to, and what it may read. @throws as `DiscordCalls.call` */
export async function whoAmI(calls: DiscordCalls): Promise<DiscordSelf> {
  const app = await calls.call<APIApplication>('GET', Routes.currentApplication());
  const reads = ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;
  return {
    applicationId: app.id,
    userId: app.bot?.id ?? app.id,
    name: app.name,
    readsContent: ((app.flags ?? 0) & reads) !== 0,
  };
}
