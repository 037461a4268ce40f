/** Joins the accounts of one person. Each step is said by the account that it is about, so that nobody is joined unseen. */
export interface Joins {
  /** A code for this person's other account, good for 10 minutes; an earlier one is void. */
  offer(userId: string): Promise<string>;
  /** How the account calls itself that has repeated this person's code; null: none has, or there is no open code. */
  claimant(userId: string): Promise<string | null>;
  /**
   * The other account repeats the code; `as` is what its owner will be shown. First come, first served.
   * @throws {DeckhandError} `join.unknown`, `join.taken`, and as `agree` where it could not be joined
   */
  claim(code: string, userId: string, as: string): Promise<void>;
  /**
   * The person who gave the code has seen who repeated it: that one's accounts, sessions and schedules are theirs from now on.
   * @throws {DeckhandError} `join.unknown`, `join.unclaimed`, `join.administers`, `join.busy`, `join.has_secrets`
   */
  agree(code: string, userId: string): Promise<{ joined: string }>;
  /** Did this person give the code? */
  isOwn(code: string, userId: string): Promise<boolean>;
}
