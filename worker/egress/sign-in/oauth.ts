import { randomBytes } from 'node:crypto';
import {
  discoverOAuthServerInfo,
  exchangeAuthorization,
  extractWWWAuthenticateParams,
  refreshAuthorization,
  registerClient,
  selectResourceURL,
  startAuthorization,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { InvalidGrantError, OAuthError, ServerError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import type {
  AuthorizationServerMetadata,
  OAuthClientInformationMixed,
  OAuthTokens,
} from '@modelcontextprotocol/sdk/shared/auth.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { visible } from '#core/approvals/visible.ts';
import { DeckhandError } from '#core/errors.ts';
import type { BroughtBack, DueSignIn } from '#core/secrets/sign-ins.ts';

/** Where and as whom somebody signs in; kept from the beginning of a sign-in to its last renewal. */
export interface Relation {
  /** The authorization server, as discovered. */
  issuer: string;
  metadata: AuthorizationServerMetadata;
  client: OAuthClientInformationMixed;
  /** What the token is asked for (RFC 8707); null: the server does not say. */
  resource: string | null;
}

/** What only egress knows of a sign-in under way. */
export interface Begun extends Relation {
  verifier: string;
}

/** What renews a credential. */
export interface Renewal extends Relation {
  refreshToken: string | null;
}

export interface Tokens {
  access: string;
  refresh: string | null;
  /** Seconds; null: it was not said. */
  lifeS: number | null;
}

/**
 * Finds out where one signs in at a tool server (RFC 9728, RFC 8414), registers with it if need be (RFC 7591), and makes
 * the address that the person opens (authorization code with PKCE, RFC 7636).
 * @throws {DeckhandError} `sign_in_failed`, in words for the person
 */
export async function beginSignIn(
  due: Pick<DueSignIn, 'url' | 'client' | 'scopes' | 'redirectUri'>,
  fetchFn: FetchLike,
): Promise<{ begun: Begun; state: string; authorizeUrl: string }> {
  const { url, redirectUri } = due;
  try {
    const said = await challengeOf(url, fetchFn);
    const found = await discoverOAuthServerInfo(url, {
      fetchFn,
      ...(said.resourceMetadataUrl ? { resourceMetadataUrl: said.resourceMetadataUrl } : {}),
    });
    const { authorizationServerUrl: issuer, authorizationServerMetadata: metadata, resourceMetadata } = found;
    if (!metadata)
      throw failed(`${new URL(url).host} does not say how one signs in there; it may want a secret instead`);
    mustBeSound(issuer, metadata);
    // Throws when the server speaks of another resource than itself: its tokens would be for somebody else.
    await selectResourceURL(url, {} as never, resourceMetadata).catch((error) => {
      throw failed(`${new URL(url).host} speaks in its metadata of another server than itself`, error);
    });
    const scope = (due.scopes.length > 0 ? due.scopes.join(' ') : said.scope) || undefined;
    const client = due.client === null ? await register() : { client_id: due.client };
    const resource = resourceMetadata?.resource ?? null;
    const state = randomBytes(32).toString('base64url');
    const { authorizationUrl, codeVerifier } = await startAuthorization(issuer, {
      metadata,
      clientInformation: client,
      redirectUrl: redirectUri,
      state,
      ...(scope === undefined ? {} : { scope }),
      ...(resource === null ? {} : { resource }),
    });
    const begun = { issuer, metadata, client, resource, verifier: codeVerifier };
    return { begun, state, authorizeUrl: authorizationUrl.href };

    async function register(): Promise<OAuthClientInformationMixed> {
      if (!metadata?.registration_endpoint) {
        throw failed(
          `${new URL(issuer).host} wants clients to be registered by hand. An administrator can register Deckhand there with the redirect address ${redirectUri}, and name the client in the template (sign_in: { client: … })`,
        );
      }
      return registerClient(issuer, {
        metadata,
        fetchFn,
        clientMetadata: {
          client_name: 'Deckhand',
          redirect_uris: [redirectUri],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
          ...(scope === undefined ? {} : { scope }),
        },
      });
    }
  } catch (error) {
    throw inWords(error);
  }
}

/**
 * The tokens for what the browser brought back.
 * @throws {DeckhandError} `sign_in_failed`
 */
export async function completeSignIn(
  { begun, redirectUri }: { begun: Begun; redirectUri: string },
  { code, iss }: BroughtBack,
  fetchFn: FetchLike,
): Promise<Tokens> {
  const { issuer, metadata, client, resource, verifier } = begun;
  const mustSay =
    'authorization_response_iss_parameter_supported' in metadata &&
    metadata.authorization_response_iss_parameter_supported === true;
  // One server's answer handed in as another's (RFC 9207).
  if (iss === null ? mustSay : iss !== metadata.issuer)
    throw failed('the answer came from another place than the one that was asked. Begin anew');
  try {
    const tokens = await exchangeAuthorization(issuer, {
      metadata,
      clientInformation: client,
      authorizationCode: code,
      codeVerifier: verifier,
      redirectUri,
      fetchFn,
      ...(resource === null ? {} : { resource }),
    });
    return toTokens(tokens);
  } catch (error) {
    throw inWords(error, [code, verifier]);
  }
}

/**
 * New tokens for old ones.
 * @throws {DeckhandError} `sign_in_ended` when there will be none any more, `sign_in_failed` when it may work later
 */
export async function renewTokens(
  { issuer, metadata, client, resource, refreshToken }: Renewal,
  fetchFn: FetchLike,
): Promise<Tokens> {
  if (refreshToken === null) throw ended('it has expired, and the server gave nothing to renew it with');
  try {
    const tokens = await refreshAuthorization(issuer, {
      metadata,
      clientInformation: client,
      refreshToken,
      fetchFn,
      ...(resource === null ? {} : { resource }),
    });
    return toTokens(tokens);
  } catch (error) {
    if (error instanceof OAuthError && final.has(error.errorCode))
      throw ended(
        error instanceof InvalidGrantError
          ? 'it has expired or was revoked'
          : `the server refuses to renew it (${error.errorCode})`,
      );
    throw inWords(error, [refreshToken]);
  }
}

/** Errors that another try does not mend (RFC 6749 §5.2). */
const final = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'unsupported_grant_type',
]);

/** What the server says when it is asked without a credential; one that does not refuse says nothing of it. */
async function challengeOf(url: string, fetchFn: FetchLike) {
  const answer = await fetchFn(url, { method: 'GET', headers: { accept: 'text/event-stream' } });
  return answer.status === 401 ? extractWWWAuthenticateParams(answer) : {};
}

/** The metadata must be of whom it was asked for (RFC 8414 §3.3), and name no place that is not https. */
function mustBeSound(issuer: string, metadata: AuthorizationServerMetadata): void {
  const bare = (url: string) => url.replace(/\/$/, '');
  if (bare(metadata.issuer) !== bare(issuer))
    throw failed(`${new URL(issuer).host} shows the papers of ${visible(metadata.issuer).slice(0, 200)}`);
  for (const url of [metadata.authorization_endpoint, metadata.token_endpoint])
    if (new URL(url).protocol !== 'https:') throw failed(`${new URL(url).host} is not reached by https`);
}

function toTokens({ access_token, refresh_token, expires_in, token_type }: OAuthTokens): Tokens {
  if (token_type.toLowerCase() !== 'bearer')
    throw failed(
      `the server gives credentials of the kind ${visible(token_type)}, which cannot be used here`,
    );
  return { access: access_token, refresh: refresh_token ?? null, lifeS: expires_in ?? null };
}

function failed(why: string, cause?: unknown): DeckhandError {
  return new DeckhandError('sign_in_failed', `Signing in did not work: ${why}.`, {
    blame: 'provider',
    cause,
  });
}

function ended(why: string): DeckhandError {
  return new DeckhandError('sign_in_ended', why, { blame: 'asker' });
}

/** What others say is cut, made visible, and quoted without what was sent to them. */
function inWords(error: unknown, sent: readonly string[] = []): DeckhandError {
  if (error instanceof DeckhandError && error.code === 'sign_in_failed') return error;
  if (error instanceof DeckhandError) return failed(error.message.replace(/\.$/, ''), error);
  // A `ServerError` holds the whole of an answer that could not be read, and so may others.
  if (!(error instanceof OAuthError) || error instanceof ServerError)
    return failed('the server there answered what is no OAuth answer', error);
  const words = sent.reduce((text, value) => text.replaceAll(value, '…'), error.message);
  const said = visible(words).trim().slice(0, 300).toWellFormed().replace(/\.$/, '');
  return failed(`the server there says ${error.errorCode}${said === '' ? '' : `: ${said}`}`, error);
}
