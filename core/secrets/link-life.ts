/** How long a one-time link for entering secrets is good. */
export const linkLifeMs = 15 * 60_000;
