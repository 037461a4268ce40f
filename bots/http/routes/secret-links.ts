import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import { enterSecrets } from '#core/secrets/enter-secrets.ts';
import { linkLifeMs } from '#core/secrets/link-life.ts';
import { mayManageSecret } from '#core/secrets/may-manage.ts';
import { presets } from '#core/secrets/presets.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { notFound } from '../problem.ts';
import { route } from '../route.ts';
import { answers } from '../schemas.ts';
import { newSecrets, Presets, Preview, previewPaste, SecretInput } from '../secret-input.ts';

const token = z.string().min(1).max(200);
const body = <Schema extends z.ZodType>(schema: Schema) => ({
  content: { 'application/json': { schema } },
  required: true as const,
});

const create = route(
  { act: 'ask', audit: 'secret.link_made' },
  {
    method: 'post',
    path: '/v1/secret-links',
    summary: 'A one-time link to a page where you enter secrets without signing in, good for 15 minutes',
    request: { body: body(z.object({ workspaceId: z.string().max(64).optional() })) },
    responses: answers(
      z.object({ path: z.string(), expiresAt: z.string() }),
      'The path to open in a browser.',
    ),
  },
);

// Tokens travel in bodies: addresses end up in logs of proxies.
const look = route(
  { act: 'anyone' },
  {
    method: 'post',
    path: '/v1/secret-links/look',
    summary: 'Whose link this is; looking does not spend it',
    request: { body: body(z.object({ token })) },
    responses: answers(
      z.object({ person: z.string(), workspace: z.string(), expiresAt: z.string(), presets: Presets }),
      'The link.',
    ),
  },
);

const preview = route(
  { act: 'anyone' },
  {
    method: 'post',
    path: '/v1/secret-links/preview',
    summary: 'Reads the names in a pasted .env; stores nothing and does not spend the link',
    request: { body: body(z.object({ token, text: z.string().max(200_000) })) },
    responses: answers(Preview, 'The names.'),
  },
);

const spend = route(
  { act: 'anyone', audit: 'secret.entered_by_link' },
  {
    method: 'post',
    path: '/v1/secret-links/spend',
    summary: "Enters secrets of the link's person, all or none, and spends the link",
    request: { body: body(z.object({ token, input: SecretInput })) },
    responses: answers(z.object({ stored: z.array(z.string()) }), 'The names that were stored.'),
  },
);

/** One-time links: for people who talk to Deckhand in a chat and have never signed in. */
export function secretLinkRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { secrets, secretLinks, workspaces, identities } = deps;

  /** Whose link it is, if they may still enter secrets there. @throws {DeckhandError} `secret_link_spent` */
  async function holder(given: string) {
    const link = await secretLinks.look(given);
    const person = link && (await identities.byId(link.userId));
    const workspace =
      link && (await workspaces.of(link.userId)).find((one) => one.workspaceId === link.workspaceId);
    if (!link || !person || !workspace || !mayManageSecret(person, { user: person.userId, member: true })) {
      throw new DeckhandError(
        'secret_link_spent',
        'This link has been used or is too old. Ask Deckhand for a new one where you got it.',
        { blame: 'asker' },
      );
    }
    return { link, person, workspace };
  }

  app.openapi(create, async (c) => {
    const { userId } = caller(c);
    const own = await workspaces.of(userId);
    const wanted = c.req.valid('json').workspaceId ?? own[0]?.workspaceId;
    const workspace = own.find(({ workspaceId }) => workspaceId === wanted);
    if (!workspace) throw notFound('workspace');
    const made = await secretLinks.create({ userId, workspaceId: workspace.workspaceId }, linkLifeMs);
    const expiresAt = new Date(Date.now() + linkLifeMs).toISOString();
    return c.json({ path: `/s/${made}`, expiresAt }, 200);
  });

  app.openapi(look, async (c) => {
    const { link, person, workspace } = await holder(c.req.valid('json').token);
    const { expiresAt } = link;
    return c.json({ person: person.name, workspace: workspace.name, expiresAt, presets: [...presets] }, 200);
  });

  app.openapi(preview, async (c) => {
    const given = c.req.valid('json');
    await holder(given.token);
    return c.json(previewPaste(given.text), 200);
  });

  app.openapi(spend, async (c) => {
    const { token: given, input } = c.req.valid('json');
    const { person, workspace } = await holder(given);
    const entered = newSecrets(input);
    const owner = { workspace: workspace.workspaceId, user: person.userId };
    await enterSecrets(secrets, { owner, secrets: entered, by: person.userId, link: given });
    return c.json({ stored: entered.map(({ name }) => name) }, 200);
  });
}
