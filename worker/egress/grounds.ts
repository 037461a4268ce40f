import { messageOf } from '#core/errors.ts';
import { layersOf, type PolicyLayers } from '#core/policy/decide.ts';
import type { Policies } from '#core/policy/ports.ts';
import type { Standing, Standings } from '#core/secrets/leases.ts';
import type { Secrets, StoredSecret, Vault } from '#core/secrets/ports.ts';
import { prepareRedaction, type Redaction } from '#core/secrets/redact/redaction.ts';

/** All that one turn's requests are decided on, read once for a claim and anew after a while. */
export interface Grounds {
  layers: PolicyLayers;
  secrets: readonly StoredSecret[];
  /** Values of the leased secrets by id; what could not be opened says why instead. In memory while the lease lasts (I5). */
  values: ReadonlyMap<string, { value: string } | Unusable>;
  placeholders: ReadonlyMap<string, string>;
  /** Of every leased value; undefined without any. */
  redaction: Redaction | undefined;
  /** Secrets that are to be renewed before they are used, or cannot be any more. */
  troubled: ReadonlySet<string>;
}

/** Why a secret cannot be used, for the agent. */
export interface Unusable {
  fault: string;
}

export interface GroundDeps {
  standings: Pick<Standings, 'placeholders'>;
  policies: Pick<Policies, 'layersFor'>;
  secrets: Pick<Secrets, 'visibleTo'>;
  vault: Vault;
  renewals: { troubled(secretIds: readonly string[]): Promise<ReadonlySet<string>> };
}

/** Opens what a turn may use: its policies, and exactly the secrets that are leased to it. */
export async function readGrounds(standing: Standing, deps: GroundDeps): Promise<Grounds> {
  const { sessionId, workspaceId, author, leased } = standing;
  // Nothing is renewed here: a place to sign in that does not answer would hold up whatever its people ask for.
  const troubled = await deps.renewals.troubled(leased);
  const [policies, visible, placeholders] = await Promise.all([
    deps.policies.layersFor({ workspaceId, userId: author.userId, sessionId }),
    leased.length === 0 ? [] : deps.secrets.visibleTo(workspaceId, author.userId),
    deps.standings.placeholders(sessionId),
  ]);
  const secrets = visible.filter(({ secretId }) => leased.includes(secretId));
  const values = new Map(
    await Promise.all(
      secrets.map(async (secret) => [secret.secretId, await openOne(secret, deps.vault)] as const),
    ),
  );
  const open = [...values.values()].flatMap((one) => ('value' in one ? [one.value] : []));
  return {
    layers: layersOf(policies),
    secrets,
    values,
    placeholders,
    redaction: open.length > 0 ? prepareRedaction(open) : undefined,
    troubled,
  };
}

async function openOne(
  { secretId, boundTo }: StoredSecret,
  vault: Vault,
): Promise<{ value: string } | Unusable> {
  try {
    // Judged by these bindings, so opened for them.
    return { value: await vault.open(secretId, boundTo) };
  } catch (error) {
    return { fault: messageOf(error) };
  }
}
