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

/** A secret that a turn may use, and whose turn it is. */
export interface Leased {
  readonly secretId: string;
  readonly place: SecretPlace;
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

  constructor(deps: RenewalDeps) {
    this.#deps = deps;
  }

  /** Makes them good for now; gives those that cannot be used, and why. */
  async refresh(
    secrets: readonly Leased[],
    of: { workspaceId: string; userId: string; sessionId: string },
  ): Promise<ReadonlyMap<string, string>> {
    if (secrets.length === 0) return new Map();
    await Promise.all(secrets.map(({ secretId }) => this.#doubts.get(secretId)));
    const troubled = await this.#deps.grants.troubled(secrets.map(({ secretId }) => secretId));
    const faults = await Promise.all(
      troubled.map(async (row) => {
        const place = secrets.find(({ secretId }) => secretId === row.secretId)?.place;
        const fault = row.ended ?? (place ? await this.#one(row, place, of) : null);
        return fault === null ? [] : [[row.secretId, faultText(row.server, fault)] as const];
      }),
    );
    return new Map(faults.flat());
  }

  /** A server refused it: it is renewed before it is used again. */
  suspect(secretId: string): void {
    const doubt = this.#deps.grants
      .suspect(secretId)
      .catch((error) => this.#deps.log.warn({ err: error, secret: secretId }, 'a doubt was not written down'))
      .finally(() => this.#doubts.get(secretId) === doubt && this.#doubts.delete(secretId));
    this.#doubts.set(secretId, doubt);
  }

  async #one(
    row: GrantRow,
    place: SecretPlace,
    of: { workspaceId: string; userId: string; sessionId: string },
  ): Promise<string | null> {
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
