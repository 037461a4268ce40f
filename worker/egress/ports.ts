import type { Tunnel } from '#core/policy/match.ts';
import type { Range } from '#core/policy/ranges.ts';
import type { CanonicalRequest, RawRequest } from '#core/policy/request.ts';
import type { Outgoing } from '#core/secrets/put-on.ts';
import type { Redaction } from '#core/secrets/redact/redaction.ts';

/** A request as it stands at the door: read strictly, nothing of it sent, no name of it looked up. */
export interface Knock {
  readonly request: CanonicalRequest;
  /** What `request` was read from, for those who read it again with its body. */
  readonly raw: RawRequest;
  /** End-to-end headers only, in the order they came. */
  readonly headers: Outgoing['headers'];
  readonly upgrade: 'websocket' | null;
  /** Of a worker itself: the epoch of the claim that it speaks for. Null: it comes from the sandbox. */
  readonly claim: number | null;
  /** The body's first 64 KiB and one byte, or all of it if it is shorter. Nothing is read until it is asked for. */
  bodyStart(): Promise<Uint8Array>;
  /** Aborts when nobody waits for the answer any more: the client went away, or its turn ended. */
  readonly signal: AbortSignal;
}

/** What is put on an allowed request after it has left the sandbox, and what is masked in its answer. */
export interface Credential {
  putOn(request: Outgoing): Outgoing;
  /** The server did not take it. */
  refused(): void;
}

export type Ruling = {
  /** Which rule, answer or check said so, for the log. */
  readonly rule?: string;
  /** The turn that it was decided for. */
  readonly turnId?: string | null;
} & (
  | {
      readonly allow: true;
      /** Non-public addresses that this host may have. */
      readonly opened: readonly Range[];
      readonly credential?: Credential;
      /** Name of the secret that the credential puts on. */
      readonly secret?: string;
      /** The values of the turn's leases; without it nothing is masked. */
      readonly redaction?: Redaction;
    }
  | {
      readonly allow: false;
      readonly code: string;
      /** What happened and what to do, for the agent. */
      readonly reason: string;
    }
);

/** A request that has come to its end; `request` null where it could not be read. */
export interface Ended {
  readonly request: Pick<CanonicalRequest, 'method' | 'scheme' | 'host' | 'port' | 'path'> | null;
  readonly ruling: Ruling | null;
  /** Name of the secret whose value was put on it. */
  readonly secret: string | null;
  /** What kept it from passing, or broke it off; null: it passed. */
  readonly fault: { readonly refused: boolean; readonly code: string; readonly reason: string } | null;
  readonly traffic: Traffic;
  readonly ms: number;
}

/** Counted while a request passes. */
export interface Traffic {
  status: number | null;
  sent: number;
  received: number;
}

/** Is told of everything that came to one door. */
export interface Witness {
  /** Resolves when it is written down: whoever reads a refusal can then read in the log why. */
  ended(what: Ended): Promise<void>;
}

/**
 * Who decides what may pass one sandbox's door. Also without a running turn there is an answer: a refusal that says so.
 * A question to people is a ruling that takes its time; whoever asks them keeps to the longest hold.
 */
export interface Rulings {
  decide(knock: Knock): Promise<Ruling>;
  /** May TLS to it go through unread? Null: no, it is intercepted and decided request by request. */
  passThrough(tunnel: Tunnel): Promise<Extract<Ruling, { allow: true }> | null>;
}

/** Looks a name up; only ever called with names that were allowed. */
export type Lookup = (host: string) => Promise<string[]>;
