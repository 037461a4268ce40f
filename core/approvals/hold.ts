/** A request at the door waits for an answer at most this long; then it is refused, and its card stays. */
export const maxHoldMs = 120_000;
