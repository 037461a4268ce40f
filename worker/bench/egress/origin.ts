/** The server behind all proxies of the bench: answers `/` with a few bytes and `/N` with N of them, over TLS. A program. */
import { httpsOrigin } from '#worker/egress/testing/origin.ts';

const block = Buffer.alloc(64 * 1024, 'deckhand ');
const few = Buffer.from('sixteen bytes ..');

const { port } = await httpsOrigin((request, response) => {
  const bytes = Number((request.url ?? '/').slice(1));
  if (bytes === 0) return response.writeHead(200, { 'content-length': few.length }).end(few);
  response.writeHead(200, { 'content-length': bytes });
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const part = left >= block.length ? block : block.subarray(0, left);
      left -= part.length;
      if (!response.write(part)) return void response.once('drain', more);
    }
    response.end();
  };
  return more();
});
process.on('disconnect', () => process.exit(0));
process.send?.({ at: port });
