import type { SealedEntry } from './entry-seal.ts';
import type { Envelope } from './envelope.ts';
import type { SecretPlace } from './place.ts';

/** Who signs in, at which tool server, and under which name its credential is kept. */
export interface SignInWish {
  readonly userId: string;
  readonly workspaceId: string;
  /** The thread's session that it was asked for in: its policies hold for what egress reaches. */
  readonly sessionId: string;
  readonly server: string;
  /** The server's address; its credential goes there alone. */
  readonly url: string;
  /** The secret's name. */
  readonly secret: string;
  /** A client that an administrator has registered; null: one is registered for this sign-in. */
  readonly client: string | null;
  readonly scopes: readonly string[];
}

/** How long a link for signing in is good, and with it all that it begins. */
export const signInLifeMs = 15 * 60_000;

/** What a link's page may know. */
export interface SignInFacts extends SignInWish {
  readonly signInId: string;
  readonly attempt: number;
  readonly expiresAt: string;
}

/** What became of one step; `words` say why it failed. */
export type SignInStep =
  | { readonly kind: 'ready'; readonly authorizeUrl: string }
  | { readonly kind: 'done'; readonly server: string }
  | { readonly kind: 'failed'; readonly words: string };

/** Bots' side. Tokens, states and browsers are kept as hashes. */
export interface SignIns {
  /** Gives the link's token. */
  create(wish: SignInWish, lifeMs: number): Promise<string>;
  /** Null: it is unknown, was used, or is too old. Looking spends nothing. */
  look(token: string): Promise<SignInFacts | null>;
  /** Begins (again), bound to this browser: what an earlier beginning led to counts no more. Null as with `look`. */
  begin(token: string, browser: string, redirectUri: string): Promise<SignInFacts | null>;
  /** Whose this state is, if it came back in the browser that it was given to and nothing came back before; else null. */
  returned(state: string, browser: string): Promise<SignInFacts | null>;
  /** Hands over what the browser brought back. False: somebody did so before. */
  hand(facts: SignInFacts, sealed: { entry: SealedEntry; keyId: string }): Promise<boolean>;
  /** The person said no there, or it went wrong there. */
  fail(facts: SignInFacts, words: string): Promise<void>;
  /** Waits until egress has done what this attempt asked for last; null: it did not within this time. */
  step(facts: SignInFacts, withinMs: number): Promise<SignInStep | null>;
}

/** What the browser brings back, as it is sealed: only egress reads it. */
export interface BroughtBack {
  readonly code: string;
  /** Who says so (RFC 9207); null: it was not said. */
  readonly iss: string | null;
}

/** The place that a sign-in's private things are sealed for; no secret has such a name. */
export function signInPlace(of: SignInFacts, what: 'held' | 'code'): SecretPlace {
  const { workspaceId: workspace, userId: user, signInId, attempt } = of;
  return { workspace, user, name: `sign-in:${signInId}:${what}`, version: attempt };
}

/** The place that what renews a secret is kept for. */
export function grantPlace({ workspace, user, name, version }: SecretPlace): SecretPlace {
  return { workspace, user, name: `${name}:grant`, version };
}

/** A sign-in that egress has something to do for. */
export interface DueSignIn extends SignInFacts {
  readonly redirectUri: string;
  /** Null: the beginning is asked for. */
  readonly brought: {
    readonly entry: SealedEntry;
    readonly keyId: string;
    readonly held: Envelope;
  } | null;
}

/** Egress's side of the same rows. */
export interface DueSignIns {
  /** Takes some for a while; nobody else is given them meanwhile. */
  take(limit: number, forMs: number): Promise<DueSignIn[]>;
  ready(
    due: DueSignIn,
    of: { state: string; authorizeUrl: string; issuer: string; held: Envelope },
  ): Promise<void>;
  done(due: DueSignIn): Promise<void>;
  failed(due: DueSignIn, words: string): Promise<void>;
  /** Forgets those that have been over for a day, and what renews secrets that are gone. */
  tidy(): Promise<void>;
}

/** What renews a secret, as it is kept. */
export interface GrantRow {
  readonly secretId: string;
  readonly version: number;
  readonly server: string;
  readonly envelope: Envelope;
  /** Why it cannot be renewed any more. */
  readonly ended: string | null;
  /** Does its secret still hold? */
  readonly holds: boolean;
}

/** What renews secrets; egress only. */
export interface Grants {
  /** In place of what there was. `lifeS`: seconds that the access token holds; null: it was not said. */
  put(
    row: Pick<GrantRow, 'secretId' | 'version' | 'server' | 'envelope'>,
    lifeS: number | null,
  ): Promise<void>;
  /** Of these secrets, those that are to be renewed now or cannot be any more. */
  troubled(secretIds: readonly string[]): Promise<GrantRow[]>;
  /** Gives it to one process alone for a while; null: another has it, or it is no longer due. */
  take(secretId: string, forMs: number): Promise<GrantRow | null>;
  /** Keeps what renews it from now on; it stays taken until its secret is in place as well. */
  hold(row: GrantRow, envelope: Envelope): Promise<void>;
  renewed(row: GrantRow, lifeS: number | null): Promise<void>;
  end(row: GrantRow, words: string): Promise<void>;
  /** It did not work out now: another may try. */
  release(row: GrantRow): Promise<void>;
  /** A server refused the credential: renewed at the next use, unless it was just renewed. */
  suspect(secretId: string): Promise<void>;
  /** Those under other master keys that are known. `hold` keeps what becomes of them. */
  toRewrap(
    current: string,
    known: readonly string[],
    limit: number,
  ): Promise<(GrantRow & { place: SecretPlace })[]>;
}
