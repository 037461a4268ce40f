/** What Deckhand asks a server for, with its bit (topics/permissions#permissions-bitwise-permission-flags). */
export const permissions = {
  'View Channels': 10,
  'Send Messages': 11,
  'Attach Files': 15,
  'Read Message History': 16,
  'Create Public Threads': 35,
  'Send Messages in Threads': 38,
} as const;

/** Where somebody invites the bot into a server, with its commands and no permission more than it needs. */
export function inviteLink(applicationId: string): string {
  const bits = Object.values(permissions).reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
  const scope = 'bot+applications.commands';
  return `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=${scope}&permissions=${bits}`;
}
