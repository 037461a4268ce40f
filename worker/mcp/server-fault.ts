import { visible } from '#core/approvals/visible.ts';

/** Why a server did not answer, in words for agents and people. */
export class ServerFault extends Error {
  override readonly name = 'ServerFault';
  /** May the server have done what it was asked? */
  readonly begun: boolean;
  /** Does it no longer know this connection? Then it has done nothing, and a new one may help. */
  readonly forgotten: boolean;
  /** Does it take no such credential (any more)? */
  readonly unauthorized: boolean;

  constructor(
    message: string,
    begun: boolean,
    { cause, forgotten = false, unauthorized = false }: FaultFacts = {},
  ) {
    super(visible(message).trim().slice(0, 600).toWellFormed(), { cause });
    this.begun = begun;
    this.forgotten = forgotten;
    this.unauthorized = unauthorized;
  }
}

interface FaultFacts {
  cause?: unknown;
  forgotten?: boolean;
  unauthorized?: boolean;
}
