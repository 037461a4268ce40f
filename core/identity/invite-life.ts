/** How long the link is good for that signs a new person in: it is passed on by people. */
export const inviteLifeMs = 7 * 24 * 3600_000;
