/** Logs that lie in the blob store. Reading goes through `Sessions`, which finds them there. */
export interface LogArchive {
  /**
   * Archives logs of sessions without a turn at work in which nothing has happened for so many days, a bounded number at
   * once. Nothing is taken out of the database before its archive was read back and found whole. Gives how many.
   * @throws {DeckhandError} `disk.full`
   */
  archiveIdle(days: number): Promise<number>;
}
