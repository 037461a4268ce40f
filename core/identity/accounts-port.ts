export type SignInOutcome =
  | { kind: 'in'; userId: string }
  | { kind: 'wrong' }
  /** Too many wrong passwords; ISO 8601. */
  | { kind: 'locked'; until: string };

/** Names and passwords. No account exists that nobody has made, and none has a password that came with Deckhand. */
export interface Accounts {
  /** The name that a person signs in with; null: only by links. */
  loginOf(userId: string): Promise<string | null>;
  /** Sets name and password; null takes both away. @throws {DeckhandError} `account.login_taken` */
  set(userId: string, account: { login: string; password: string } | null): Promise<void>;
  /** Names that nobody has take as long as wrong passwords. */
  signIn(login: string, password: string): Promise<SignInOutcome>;
}
