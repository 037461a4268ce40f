import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { shownFile } from '#bots/console/types.ts';
import { DeckhandError } from '#core/errors.ts';
import { maySee } from '#core/identity/visibility.ts';
import { caller } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { notFound } from '../problem.ts';
import { asAnswer, route } from '../route.ts';
import { answers, idParam, problem, ShownFile } from '../schemas.ts';

const upload = route(
  { act: 'ask' },
  {
    method: 'post',
    path: '/v1/files',
    summary: "Uploads a file to be sent with a message; the request's body is its content",
    request: { query: z.object({ name: z.string().min(1).max(255) }) },
    responses: answers(ShownFile, 'The file.'),
  },
);

const download = route(
  { act: 'read' },
  {
    method: 'get',
    path: '/v1/files/{file}',
    summary: "A file's content, always as an attachment",
    request: { params: idParam('file') },
    responses: {
      200: { content: { 'application/octet-stream': { schema: z.string() } }, description: 'The content.' },
      default: problem,
    },
  },
);

/** Types that no browser runs. Everything else is handed out as bytes: a file must never act as our page. */
const harmless = /^(text\/plain|image\/(png|jpeg|gif|webp)|application\/(pdf|json|zip))$/;
const mediaType = /^[\w.+-]{1,60}\/[\w.+-]{1,60}/;

/** Files that travel with messages and answers. */
export function fileRoutes(app: OpenAPIHono<HttpEnv>, deps: HttpDeps): void {
  const { files, blobs, sessions, instance } = deps;

  app.openapi(upload, async (c) => {
    const user = caller(c);
    const declared = Number(c.req.header('content-length') ?? 0);
    if (declared > instance.maxFileBytes) throw tooLarge(instance.maxFileBytes);
    const body = c.req.raw.body;
    const content = body ? Readable.fromWeb(body as WebStream<Uint8Array>) : new Uint8Array();
    const { hash, size } = await blobs.put(content, instance.maxFileBytes);
    const type = mediaType.exec(c.req.header('content-type') ?? '')?.[0] ?? 'application/octet-stream';
    const { name } = c.req.valid('query');
    const file = await files.add({ name, mediaType: type, size, blob: hash }, 'in', user.userId, null);
    return c.json(shownFile(file), 200);
  });

  app.openapi(download, async (c) => {
    const user = caller(c);
    const file = await files.byId(c.req.valid('param').file);
    if (!file) throw notFound('file');
    const session = file.sessionId ? await sessions.byId(file.sessionId) : null;
    const seen = session ? maySee(user, session) : file.createdBy === user.userId;
    if (!seen) throw notFound('file');
    const headers = {
      'content-type': harmless.test(file.mediaType) ? file.mediaType : 'application/octet-stream',
      'content-length': String(file.size),
      'content-disposition': attachment(file.name),
      'content-security-policy': "default-src 'none'; sandbox",
    };
    const stream = Readable.toWeb(blobs.open(file.blob)) as ReadableStream<Uint8Array>;
    return asAnswer(new Response(stream, { headers }));
  });
}

/** RFC 6266, with the name in RFC 8187's form: no name can end the header or start another. */
function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function tooLarge(maxBytes: number): DeckhandError {
  const mebibytes = Math.floor(maxBytes / 1024 / 1024);
  return new DeckhandError('file.too_large', `This file is too large: the most taken is ${mebibytes} MiB.`);
}
