import type { RequestListener, ServerResponse } from 'node:http';
import { reflections } from './reflect.ts';

/** What a request carried that a server may give back: the bound header, a bearer token, basic's password, a parameter. */
function secretIn(headers: NodeJS.Dict<string | string[]>, query: URLSearchParams): string {
  const [scheme = '', text = ''] = `${headers.authorization ?? ''}`.split(' ');
  const basic =
    scheme === 'Basic'
      ? Buffer.from(text, 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : text;
  return `${headers['x-token'] ?? ''}` || basic || (query.get('key') ?? '');
}

/** The world's web servers: they give back, redirect, flood and hang, as the path says. */
export const pages: RequestListener = (request, response) => {
  const { pathname, searchParams } = new URL(
    `http://world.test${request.url?.startsWith('/') ? request.url : '/'}`,
  );
  const [, verb = '', how = ''] = pathname.split('/');
  if (verb === 'reflect') {
    const given = searchParams.get('given') ?? secretIn(request.headers, searchParams);
    return void reflections[how]?.(given, response, request);
  }
  if (verb === 'go') {
    const headers: Record<string, string> = { location: searchParams.get('to') ?? '/' };
    return void response.writeHead(Number(how), headers).end('elsewhere');
  }
  if (verb === 'say') {
    return void response.writeHead(200, { [how]: searchParams.get('value') ?? '' }).end('said');
  }
  if (verb === 'halves') {
    // The end of the line comes after everybody has seen what came of its beginning.
    response.write(searchParams.get('given') ?? '');
    setTimeout(() => response.end('\n'), 15_000);
    return;
  }
  const flood = floods[verb];
  if (flood) return flood(response);
  request.resume();
  return void response.end('the world answers\n');
};

const floods: Record<string, (response: ServerResponse) => void> = {
  hints: (response) => {
    const more = () => {
      if (response.socket?.destroyed !== false) return;
      response.socket.write('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(50), () =>
        setImmediate(more),
      );
    };
    more();
  },
  headers: (response) => {
    const more = () => {
      if (response.socket?.destroyed !== false) return;
      response.socket.write(`X-More: ${'x'.repeat(4000)}\r\n`.repeat(8), () => setImmediate(more));
    };
    response.socket?.write('HTTP/1.1 200 OK\r\n');
    more();
  },
  endless: (response) => {
    const block = Buffer.alloc(64 * 1024, 0x61);
    const more = (): void => {
      if (response.destroyed) return;
      if (response.write(block)) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  },
  chunks: (response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const more = () => {
      if (response.socket?.destroyed !== false) return;
      response.socket.write(`1;${'e'.repeat(3000)}\r\nx\r\n`.repeat(10), () => setImmediate(more));
    };
    more();
  },
  silence: () => {},
};
