import { setTimeout as delay } from 'node:timers/promises';
import { DeckhandError } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { layersOf } from '#core/policy/decide.ts';
import type { Policies } from '#core/policy/ports.ts';
import type { WrittenBindings } from '#core/secrets/binding-text.ts';
import { secretBinding } from '#core/secrets/bindings.ts';
import { enterSecrets } from '#core/secrets/enter-secrets.ts';
import { rewrapSecret } from '#core/secrets/envelope.ts';
import type { MasterKeys } from '#core/secrets/master-keys.ts';
import type { Secrets } from '#core/secrets/ports.ts';
import {
  type BroughtBack,
  type DueSignIn,
  type DueSignIns,
  type Grants,
  grantPlace,
  signInPlace,
} from '#core/secrets/sign-ins.ts';
import type { OpenVault } from '../vault.ts';
import { checkedFetch, type Network } from './checked-fetch.ts';
import type { Begun, Renewal } from './oauth.ts';

export interface SignInParts {
  signIns: DueSignIns;
  grants: Grants;
  secrets: Secrets;
  vault: OpenVault;
  keys: () => MasterKeys;
  policies: Pick<Policies, 'layersFor'>;
  network: Network;
  log: Log;
  everyMs: number;
  signal: AbortSignal;
}

const atOnce = 8;
/** Longer than all requests of one step may take together. */
const takenMs = 60_000;
const tidyEveryMs = 60_000;

/**
 * Does egress's half of signing in, until it is told to stop: bots say who wants to and hand over what a browser brought
 * back; addresses, codes and tokens are seen here alone.
 */
export async function keepSignIns(parts: SignInParts): Promise<void> {
  const { signIns, log, everyMs, signal } = parts;
  let tidied = 0;
  while (!signal.aborted) {
    try {
      const due = await signIns.take(atOnce, takenMs);
      await Promise.all(due.map((one) => serve(one, parts)));
      if (Date.now() - tidied > tidyEveryMs) {
        await signIns.tidy();
        await rewrapAll(parts);
        tidied = Date.now();
      }
      if (due.length > 0) continue;
    } catch (error) {
      log.warn({ err: error }, 'sign-ins wait; they are tried again');
    }
    await delay(everyMs, undefined, { signal }).catch(() => {});
  }
}

async function serve(due: DueSignIn, parts: SignInParts): Promise<void> {
  const { signIns, log, network, policies } = parts;
  const layers = layersOf(await policies.layersFor(due));
  const fetch = checkedFetch(network, layers);
  try {
    // Loaded when somebody signs in: most egress processes never need it.
    const oauth = await import('./oauth.ts');
    if (due.brought) await complete(due, due.brought);
    else {
      const { begun, state, authorizeUrl } = await oauth.beginSignIn(due, fetch);
      const held = parts.vault.notes.seal(JSON.stringify(begun), signInPlace(due, 'held'));
      await signIns.ready(due, { state, authorizeUrl, issuer: begun.issuer, held });
    }

    async function complete(of: DueSignIn, brought: NonNullable<DueSignIn['brought']>): Promise<void> {
      const { notes } = parts.vault;
      const begun = JSON.parse(notes.open(brought.held, signInPlace(of, 'held'))) as Begun;
      const said = notes.openEntry(brought.entry, brought.keyId, signInPlace(of, 'code'));
      const tokens = await oauth.completeSignIn(
        { begun, redirectUri: of.redirectUri },
        JSON.parse(said) as BroughtBack,
        fetch,
      );
      const { issuer, metadata, client, resource } = begun;
      const renewal: Renewal = { issuer, metadata, client, resource, refreshToken: tokens.refresh };
      await keep(of, tokens.access, renewal, tokens.lifeS, parts);
      await signIns.done(of);
    }
  } catch (error) {
    // Of anything else the same is tried again while the link holds.
    if (!(error instanceof DeckhandError)) throw error;
    log.info({ signIn: due.signInId, server: due.server, code: error.code }, 'a sign-in did not work');
    await signIns.failed(due, error.message);
  } finally {
    fetch.close();
  }
}

/** The access token becomes a secret of the person's as any other; what renews it stands beside it. */
async function keep(
  due: DueSignIn,
  access: string,
  renewal: Renewal,
  lifeS: number | null,
  { secrets, grants, vault }: SignInParts,
): Promise<void> {
  const owner = { workspace: due.workspaceId, user: due.userId };
  const name = due.secret;
  const bindings = bindingsOf(due.url);
  await enterSecrets(secrets, { owner, secrets: [{ name, value: access, bindings }], by: due.userId });
  const stored = (await secrets.list(owner)).find((one) => one.name === name);
  if (!stored) return;
  const { secretId, version } = stored;
  const envelope = vault.notes.seal(JSON.stringify(renewal), grantPlace(stored));
  await grants.put({ secretId, version, server: due.server, envelope }, lifeS);
}

/** To the server that it is for, at its own path, with the methods of the protocol, for calls of tools; nowhere else. */
export function bindingsOf(url: string): WrittenBindings {
  const { hostname, port, pathname } = new URL(url);
  const binding = {
    hosts: [hostname],
    ports: [port === '' ? 443 : Number(port)],
    methods: ['GET', 'POST', 'DELETE'],
    put: { as: 'bearer' as const },
    only: 'tools' as const,
  };
  const narrow = { ...binding, paths: [pathname] };
  return [secretBinding.safeParse(narrow).success ? narrow : binding];
}

async function rewrapAll({ grants, keys, log }: SignInParts): Promise<void> {
  const now = keys();
  for (const row of await grants.toRewrap(now.current, [...now.byId.keys()], 100)) {
    try {
      await grants.hold(row, rewrapSecret(row.envelope, grantPlace(row.place), now));
    } catch (error) {
      if (!(error instanceof DeckhandError)) throw error;
      log.error({ secret: row.secretId, code: error.code }, error.message);
      await grants.end(row, 'what renews it cannot be read any more');
    }
  }
}
