import type { IncomingMessage, RequestListener } from 'node:http';
import type { Arrived } from './scenarios.ts';

/** The servers behind all names of the proof: they keep what they are sent, and answer as the path says. */
export function openWorld(addressOf: (host: string) => string) {
  const arrived: Arrived[] = [];
  const pages = new Map<string, string>();
  const listener: RequestListener = async (request, response) => {
    const whole = await wholeOf(request);
    const { url = '', headers } = request;
    const path = url.split('?', 1)[0] ?? '';
    arrived.push({ host: headers.host ?? '', line: `${request.method} ${url}`, whole });
    if (path === '/to-evil')
      return response.writeHead(302, { location: `${addressOf('evil')}/caught` }).end();
    if (path === '/to-open')
      return response.writeHead(307, { location: `${addressOf('open')}/caught` }).end();
    if (path === '/echo') return response.end(`${whole}\n`);
    return response.end(pages.get(path) ?? 'ok\n');
  };
  return { arrived, pages, listener };
}

async function wholeOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method, url, rawHeaders } = request;
  return `${method} ${url}\n${rawHeaders.join('\n')}\n\n${Buffer.concat(chunks).toString('latin1')}`;
}
