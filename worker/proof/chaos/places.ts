/** The platforms of a run; the chat double stands in for the console. */
export const places = ['console', 'slack', 'matrix', 'discord'] as const;
export type PlaceName = (typeof places)[number];
