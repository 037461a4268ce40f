import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { InvalidGrantError, InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import type {
  AuthorizationParams,
  OAuthServerProvider,
} from '@modelcontextprotocol/sdk/server/auth/provider.js';
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthRouter,
} from '@modelcontextprotocol/sdk/server/auth/router.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { OAuthClientInformationFull, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import type { Releases } from '#core/testing/last-first.ts';
import { httpsOrigin } from '#worker/egress/testing/origin.ts';

/** A tool server that people sign in at, and the authorization server beside it, made of the SDK's own parts. */
export interface OAuthServer {
  port: number;
  /** Of the tool server. */
  url: string;
  /** How long access tokens hold from now on, in seconds. */
  lifeS: number;
  /** Whom the last call of `whoami` was for, by the token that came with it. */
  callers: string[];
  /** Every token that was ever given. */
  given: string[];
  /** How often tokens were renewed, and how often a spent refresh token was shown. */
  renewals: number;
  reused: number;
  clients: number;
  /** Asked for tokens, it says nothing. */
  silent: boolean;
  /** How many access tokens hold now. */
  holding(): number;
  /** Takes everything back. */
  revokeAll(): void;
}

interface Code {
  challenge: string;
  redirectUri: string;
  resource: string | undefined;
}

export const toolHost = 'tickets.test';
export const loginHost = 'login.test';

/** `login`: the name that its authorization server has, if it is to be one that a browser finds. */
export async function startOAuthServer(t: Releases, login = loginHost): Promise<OAuthServer> {
  let listen: RequestListener = (_asked, answer) => void answer.writeHead(503).end();
  const origin = await httpsOrigin((asked, answer) => listen(asked, answer));
  t.after(() => origin.close());
  const { port } = origin;
  const url = `https://${toolHost}:${port}/mcp`;
  const clients = new Map<string, OAuthClientInformationFull>();
  const codes = new Map<string, Code>();
  const access = new Map<string, number>();
  const refresh = new Set<string>();
  const server: OAuthServer = {
    ...{ port, url, lifeS: 3600, callers: [], given: [], renewals: 0, reused: 0, clients: 0, silent: false },
    holding: () => [...access.values()].filter((until) => until > Date.now() / 1000).length,
    revokeAll: () => {
      access.clear();
      refresh.clear();
    },
  };
  const fresh = (kind: string) => {
    const token = `${kind}_${randomBytes(24).toString('hex')}`;
    server.given.push(token);
    return token;
  };
  const issue = (): OAuthTokens => {
    const tokens = { access_token: fresh('acc'), refresh_token: fresh('ref') };
    access.set(tokens.access_token, Date.now() / 1000 + server.lifeS);
    refresh.add(tokens.refresh_token);
    return { ...tokens, token_type: 'Bearer', expires_in: server.lifeS };
  };
  const provider: OAuthServerProvider = {
    clientsStore: {
      getClient: (id) => clients.get(id),
      registerClient: (client) => {
        server.clients += 1;
        const made = { ...client, client_id: `client-${server.clients}` };
        clients.set(made.client_id, made);
        return made;
      },
    },
    // Whoever comes has signed in and agrees.
    authorize: async (_client, params: AuthorizationParams, answer) => {
      const code = fresh('code');
      const { codeChallenge: challenge, redirectUri, state, resource } = params;
      codes.set(code, { challenge, redirectUri, resource: resource?.href });
      const back = new URL(redirectUri);
      back.searchParams.set('code', code);
      if (state !== undefined) back.searchParams.set('state', state);
      answer.redirect(back.href);
    },
    challengeForAuthorizationCode: async (_client, code) => codeOf(code).challenge,
    exchangeAuthorizationCode: async (_client, code, _verifier, redirectUri, resource) => {
      const { redirectUri: begun, resource: wanted } = codeOf(code);
      codes.delete(code);
      if (redirectUri !== begun || resource?.href !== wanted)
        throw new InvalidGrantError('of another request');
      return issue();
    },
    exchangeRefreshToken: async (_client, token) => {
      if (!refresh.delete(token)) {
        server.reused += 1;
        throw new InvalidGrantError(`spent: ${token}`);
      }
      server.renewals += 1;
      return issue();
    },
    verifyAccessToken: async (token) => {
      const expiresAt = access.get(token);
      if (expiresAt === undefined) throw new InvalidTokenError('unknown');
      return { token, clientId: 'any', scopes: ['tickets'], expiresAt };
    },
  };
  const codeOf = (code: string): Code => {
    const found = codes.get(code);
    if (!found) throw new InvalidGrantError('no such code');
    return found;
  };
  const app = createMcpExpressApp({ host: '0.0.0.0', allowedHosts: [toolHost, login] });
  app.use(
    mcpAuthRouter({
      provider,
      issuerUrl: new URL(`https://${login}:${port}`),
      resourceServerUrl: new URL(url),
      scopesSupported: ['tickets'],
    }),
  );
  const bearer = requireBearerAuth({
    verifier: provider,
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(new URL(url)),
  });
  app.all('/mcp', bearer, async (asked, answer) => {
    const token = asked.auth?.token ?? '';
    const mcp = new McpServer({ name: 'tickets', version: '1' });
    mcp.registerTool('whoami', { description: 'Says that somebody is signed in.' }, async () => {
      server.callers.push(token);
      return { content: [{ type: 'text', text: `signed in; your token is ${token}` }] };
    });
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    answer.on('close', () => void mcp.close());
    await mcp.connect(transport as Parameters<typeof mcp.connect>[0]);
    await transport.handleRequest(asked, answer, asked.body);
  });
  listen = (asked, answer) => void ((server.silent && asked.url === '/token') || app(asked, answer));
  return server;
}
