import { setTimeout as sleep } from 'node:timers/promises';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { DeckhandError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { layersOf } from '#core/policy/decide.ts';
import type { Policies } from '#core/policy/ports.ts';
import type { SecretPlace } from '#core/secrets/place.ts';
import { type GrantRow, type Grants, grantPlace } from '#core/secrets/sign-ins.ts';
import type { OpenVault } from '../vault.ts';
import { checkedFetch, type Network } from './checked-fetch.ts';
import type { Renewal, Tokens } from './oauth.ts';

export interface RenewalDeps {
  grants: Grants;
  vault: OpenVault;
  policies: Pick<Policies, 'layersFor'>;
  network: Network;
  log: Log;
}

/** Whose turn wants to use a secret: their policies hold for where it is renewed. */
export interface RenewedFor {
  readonly workspaceId: string;
  readonly userId: string;
  readonly sessionId: string;
}

/** One process has a renewal for this long; others wait for it meanwhile. */
const takenMs = 20_000;
const lookMs = 100;

/**
 * Renews what people have signed in for, when it is used and has little left. One process at a time for each secret:
 * many servers take a refresh token twice for a theft (RFC 9700 §4.14).
 */
export class Renewals {
  readonly #deps: RenewalDeps;
  /** Doubts that are being written down: whoever asks next hears of them. */
  readonly #doubts = new Map<string, Promise<void>>();
  /** Requests of one session that want to use the same wait for one. */
  readonly #under = new Map<string, Promise<string | null>>();

  constructor(deps: RenewalDeps) {
    this.#deps = deps;
  }

  /** Those of them that are to be renewed before they are used, or cannot be any more. */
  async troubled(secretIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (secretIds.length === 0) return new Set();
    await Promise.all(secretIds.map((secretId) => this.#doubts.get(secretId)));
    const rows = await this.#deps.grants.troubled(secretIds);
    return new Set(rows.map(({ secretId }) => secretId));
  }

  /** Makes it good for now; else gives why it cannot be used. */
  refresh(secretId: string, place: SecretPlace, of: RenewedFor): Promise<string | null> {
    // Each session has policies of its own.
    const key = `${secretId} ${of.sessionId}`;
    const known = this.#under.get(key);
    if (known) return known;
    const work = this.#refresh(secretId, place, of).finally(() => this.#under.delete(key));
    this.#under.set(key, work);
    return work;
  }

  async #refresh(secretId: string, place: SecretPlace, of: RenewedFor): Promise<string | null> {
    const [row] = await this.#deps.grants.troubled([secretId]);
    if (!row) return null;
    const fault = row.ended ?? (await this.#one(row, place, of));
    return fault === null ? null : faultText(row.server, fault);
  }

  /** A server refused it: it is renewed before it is used again. */
  suspect(secretId: string): void {
    const doubt = this.#deps.grants
      .suspect(secretId)
      .catch((error) => this.#deps.log.warn({ err: error, secret: secretId }, 'a doubt was not written down'))
      .finally(() => this.#doubts.get(secretId) === doubt && this.#doubts.delete(secretId));
    this.#doubts.set(secretId, doubt);
  }

  async #one(row: GrantRow, place: SecretPlace, of: RenewedFor): Promise<string | null> {
    const { grants, policies, network, log } = this.#deps;
    const end = Date.now() + takenMs;
    for (;;) {
      const taken = await grants.take(row.secretId, takenMs);
      if (taken) {
        const layers = layersOf(await policies.layersFor(of));
        const fetch = checkedFetch(network, layers);
        return await this.#renew(taken, place, fetch).finally(() => fetch.close());
      }
      const [still] = await grants.troubled([row.secretId]);
      if (!still) return null;
      if (still.ended !== null) return still.ended;
      if (Date.now() > end) {
        log.warn({ secret: row.secretId }, 'a sign-in was not renewed in time by whoever has it');
        return still.holds ? null : 'it could not be renewed in time; try again';
      }
      await sleep(lookMs);
    }
  }

  /** Null: it can be used. */
  async #renew(row: GrantRow, place: SecretPlace, fetch: FetchLike): Promise<string | null> {
    const { grants, vault, log } = this.#deps;
    const held = grantPlace(place);
    try {
      const renewal = JSON.parse(vault.notes.open(row.envelope, held)) as Renewal;
      // Loaded when somebody has signed in: most egress processes never need it.
      const { renewTokens } = await import('./oauth.ts');
      const tokens: Tokens = await renewTokens(renewal, fetch);
      const next: Renewal = { ...renewal, refreshToken: tokens.refresh };
      // First what renews: with a new access token alone the next renewal would fail.
      await grants.hold(row, vault.notes.seal(JSON.stringify(next), held));
      await vault.replace(row.secretId, row.version, tokens.access);
      await grants.renewed(row, tokens.lifeS);
      log.info({ secret: row.secretId }, 'a sign-in was renewed');
      return null;
    } catch (error) {
      if (!(error instanceof DeckhandError)) {
        await grants.release(row);
        throw error;
      }
      if (error.code === 'sign_in_failed') {
        await grants.release(row);
        return row.holds ? null : error.message;
      }
      await grants.end(row, error.message);
      log.info({ secret: row.secretId, code: error.code }, 'a sign-in has ended');
      return error.message;
    }
  }
}

function faultText(server: string, why: string): string {
  return `the sign-in at ${server} does not hold any more (${why.replace(/\.$/, '')}). Its owner signs in anew with \`signin ${server}\`, said to Deckhand in this thread.`;
}
