/** Work that one process at a time does, e.g. holding a bot's connection. It falls to another when it is not kept. */
export interface Seats {
  /**
   * Takes a free seat, or keeps one's own, for `ms` from now. `note` is kept with it for whoever comes next; null leaves
   * the last one. Gives the note that stands, or null when somebody else has the seat.
   */
  hold(
    seat: string,
    holder: string,
    ms: number,
    note: string | null,
  ): Promise<{ note: string | null } | null>;
  /** Gives it up at once, so that nobody has to wait. */
  leave(seat: string, holder: string): Promise<void>;
}
