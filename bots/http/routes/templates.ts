import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { maySee } from '#core/identity/visibility.ts';
import { overviewOf } from '#core/mcp/overview.ts';
import { printOfReach } from '#core/mcp/pin.ts';
import { templateLayers } from '#core/templates/document.ts';
import { mayEditLayer } from '#core/templates/may-edit.ts';
import { parseTemplate } from '#core/templates/parse.ts';
import type { TemplateSlot } from '#core/templates/ports.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { diffOf, LineDiff } from '../line-diff.ts';
import { notFound } from '../problem.ts';
import { route } from '../route.ts';
import { answers, body, idParam, noVersion, versionNumber } from '../schemas.ts';
import { templateReader, templateSlot } from '../template-slot.ts';

const layer = z.enum(templateLayers);
const Entry = z
  .object({
    name: z.string(),
    about: z.string(),
    layers: z.array(z.object({ layer, version: z.number().int() })),
  })
  .openapi('TemplateEntry');
const Version = z
  .object({
    layer,
    name: z.string(),
    version: z.number().int().describe('0: shipped with Deckhand.'),
    text: z.string().nullable().describe('Null: the layer took its word back.'),
    createdBy: z.string(),
    createdAt: z.string().nullable(),
  })
  .openapi('TemplateVersion');
const Saved = z.object({
  version: z.number().int(),
  notes: z.array(z.string()).describe('What of it has no effect, because an upper layer is narrower.'),
});
const text = z.string().max(200_000);

const list = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/templates',
    summary: 'What agents there are for you',
    responses: answers(z.object({ templates: z.array(Entry) }), 'Templates by name.'),
  },
);
const one = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/templates/{name}',
    summary: 'A template with its layers put together, as your turns get it',
    request: { params: idParam('name') },
    responses: answers(
      z.object({ template: z.looseObject({ name: z.string() }), notes: z.array(z.string()) }),
      'The template.',
    ),
  },
);
const versions = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/templates/{name}/versions',
    summary: "One layer's versions, newest first",
    request: { params: idParam('name'), query: z.object({ layer }) },
    responses: answers(z.object({ versions: z.array(Version) }), 'Versions.'),
  },
);
const Server = z
  .object({
    name: z.string(),
    where: z.string(),
    secret: z.string().nullable(),
    trusted: z.boolean(),
    state: z.enum(['up', 'down', 'unknown']).describe('As your last turn that asked it found it.'),
    seenAt: z.string().nullable(),
    notes: z.array(z.string()),
    tools: z.array(z.object({ name: z.string(), standing: z.enum(['goes', 'asks', 'out']) })),
  })
  .openapi('ToolServer');
const servers = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/templates/{name}/servers',
    summary: 'The tool servers of a template, and what they offered you when they were last asked',
    request: { params: idParam('name') },
    responses: answers(z.object({ servers: z.array(Server) }), 'Servers by name.'),
  },
);
const diff = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/templates/{name}/diff',
    summary: "What changed between two versions of one layer's document; without `to`, the newest",
    request: {
      params: idParam('name'),
      query: z.object({ layer, from: versionNumber, to: versionNumber.optional() }),
    },
    responses: answers(LineDiff, 'Lines.'),
  },
);
const revert = route(
  { act: 'ask', audit: 'template.reverted' },
  {
    method: 'post',
    path: '/v1/templates/{name}/revert',
    summary: "Makes an earlier version of one layer's document the newest",
    request: { params: idParam('name'), body: body(z.object({ layer, version: versionNumber })) },
    responses: answers(Saved, 'The version, and what of it has no effect.'),
  },
);
const save = route(
  { act: 'ask', audit: 'template.saved' },
  {
    method: 'put',
    path: '/v1/templates/{name}',
    summary: "Saves a new version of one layer's document; null takes the layer's word back",
    request: { params: idParam('name'), body: body(z.object({ layer, text: text.nullable() })) },
    responses: answers(Saved, 'The version, and what of it has no effect.'),
  },
);
const check = route(
  { act: 'read' },
  {
    method: 'post',
    path: '/v1/templates/check',
    summary: 'Reads a document without keeping it',
    request: { body: body(z.object({ layer: layer.default('system'), text })) },
    responses: answers(
      z.object({ ok: z.literal(true) }),
      'It is sound; otherwise every fault with its line.',
    ),
  },
);
const choices = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/template-choices',
    summary: 'Which templates new threads of the console are given',
    responses: answers(
      z.object({ choices: z.array(z.object({ channel: z.string().nullable(), template: z.string() })) }),
      'By channel; null: all others.',
    ),
  },
);
const choose = route(
  { act: 'administer', audit: 'template.chosen' },
  {
    method: 'put',
    path: '/v1/template-choices',
    summary: "Sets a channel's template for its new threads; null takes it back",
    request: {
      body: body(
        z.object({ channel: z.string().min(1).max(200).nullable(), template: z.string().nullable() }),
      ),
    },
    responses: answers(z.object({ chosen: z.literal(true) }), 'Chosen.'),
  },
);
const chooseForThread = route(
  { act: 'ask', audit: 'session.template_chosen' },
  {
    method: 'put',
    path: '/v1/sessions/{session}/template',
    summary: "Sets what the thread's next turns are given",
    request: { params: idParam('session'), body: body(z.object({ template: z.string() })) },
    responses: answers(z.object({ chosen: z.literal(true) }), 'Chosen.'),
  },
);

/** Templates: what an agent is, in layers, each a row of versions. */
export function templateRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { templates } = deps;
  const readerOf = (user: UserFacts) => templateReader(deps, user);
  const slotOf = (user: UserFacts, of: TemplateSlot['layer'], name: string) =>
    templateSlot(deps, user, of, name);

  /** The text of a version; empty where there is none, or where the layer took its word back. */
  async function textOf(slot: TemplateSlot, version: number | undefined): Promise<string> {
    const all = await templates.versions(slot);
    const found = version === undefined ? all[0] : all.find((one) => one.version === version);
    if (!found && version !== undefined && version !== 0) throw noVersion(version);
    return found?.text ?? '';
  }

  app.openapi(list, async (c) => {
    const user = caller(c);
    return c.json({ templates: await templates.list(await readerOf(user)) }, 200);
  });

  app.openapi(one, async (c) => {
    const user = caller(c);
    const { template, notes } = await templates.resolve(c.req.valid('param').name, await readerOf(user));
    return c.json({ template: { ...template }, notes }, 200);
  });

  app.openapi(servers, async (c) => {
    const reader = await readerOf(caller(c));
    const { template } = await templates.resolve(c.req.valid('param').name, reader);
    const prints = template.mcp.map(({ reach }) => printOfReach(reach));
    return c.json({ servers: overviewOf(template, await deps.mcpSightings.of(reader, prints)) }, 200);
  });

  app.openapi(versions, async (c) => {
    const user = caller(c);
    const slot = await slotOf(user, c.req.valid('query').layer, c.req.valid('param').name);
    const found = (await templates.versions(slot)).map(({ ownerId: _, ...version }) => version);
    return c.json({ versions: found }, 200);
  });

  app.openapi(diff, async (c) => {
    const { layer: of, from, to } = c.req.valid('query');
    const slot = await slotOf(caller(c), of, c.req.valid('param').name);
    return c.json(diffOf(await textOf(slot, from), await textOf(slot, to)), 200);
  });

  app.openapi(revert, async (c) => {
    const user = caller(c);
    const { layer: of, version } = c.req.valid('json');
    if (!mayEditLayer(user.role, of)) throw notYours(user, of);
    const slot = await slotOf(user, of, c.req.valid('param').name);
    const found = (await templates.versions(slot)).find((one) => one.version === version);
    if (!found) throw noVersion(version);
    return c.json(await templates.save(slot, found.text, await readerOf(user)), 200);
  });

  app.openapi(save, async (c) => {
    const user = caller(c);
    const { layer: of, text: saved } = c.req.valid('json');
    if (!mayEditLayer(user.role, of)) throw notYours(user, of);
    const slot = await slotOf(user, of, c.req.valid('param').name);
    return c.json(await templates.save(slot, saved, await readerOf(user)), 200);
  });

  app.openapi(check, (c) => {
    caller(c);
    const given = c.req.valid('json');
    parseTemplate(given.text, { layer: given.layer, version: 0 });
    return c.json({ ok: true as const }, 200);
  });

  app.openapi(choices, async (c) => {
    const { workspaceId } = await readerOf(caller(c));
    return c.json({ choices: await templates.choices(workspaceId) }, 200);
  });

  app.openapi(choose, async (c) => {
    const reader = await readerOf(caller(c));
    const { channel, template } = c.req.valid('json');
    await templates.choose({ workspaceId: reader.workspaceId, channel }, template, reader);
    return c.json({ chosen: true as const }, 200);
  });

  app.openapi(chooseForThread, async (c) => {
    const user = caller(c);
    const session = await deps.sessions.byId(c.req.valid('param').session);
    if (!session || !maySee(user, session)) throw notFound('session');
    const { template } = c.req.valid('json');
    await templates.resolve(template, { workspaceId: session.workspaceId, userId: user.userId });
    await deps.sessions.setTemplate(session.sessionId, template);
    return c.json({ chosen: true as const }, 200);
  });
}

function notYours({ role }: UserFacts, of: TemplateSlot['layer']): DeckhandError {
  return new DeckhandError(
    'auth.not_allowed',
    `Your role (${role}) does not write the ${of}'s templates. Save it as your own (layer user), or ask an administrator.`,
  );
}
