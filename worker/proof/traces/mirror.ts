import type { RequestListener } from 'node:http';

/** Each way in which servers are known to say back what they were sent. */
const spellings: ((text: string) => string)[] = [
  (text) => text,
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(`?${text}`).toString('base64url'),
  (text) => Buffer.from(text).toString('hex'),
  (text) => encodeURIComponent(text),
  (text) => Array.from(text, (char) => `%${char.charCodeAt(0).toString(16)}`).join(''),
  (text) => JSON.stringify({ text }),
  (text) => Array.from(text, (char) => `\\u00${char.charCodeAt(0).toString(16)}`).join(''),
  (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;'),
  (text) => Array.from(text, (char) => `&#${char.charCodeAt(0)};`).join(''),
];

/**
 * A server that says back all that it was sent, in headers and body, as a good answer and as every kind of bad one, in
 * pieces that cut it in two. `heard` is called with each request; what it gives is waited for before the answer.
 */
export function mirror(heard: (path: string, everything: string) => Promise<void>): RequestListener {
  return async (request, response) => {
    const { url = '/', rawHeaders } = request;
    const said = rawHeaders.filter((_, at) => at % 2 === 1);
    const sent = [decodeURIComponent(url), ...said];
    const path = url.split('?', 1)[0] ?? '/';
    await heard(path, sent.join('\n'));
    if (path === '/redirect') {
      const location = `/again?${new URLSearchParams({ back: sent.join(' ') })}`;
      return response.writeHead(302, { location }).end();
    }
    response.statusCode = path === '/error' ? 500 : 200;
    for (const [at, text] of sent.entries()) {
      response.setHeader(`x-sent-${at}`, encodeURIComponent(text));
      response.appendHeader('set-cookie', `plain=${text.replace(/[^\x21-\x7e]/g, '_')}`);
    }
    for (const text of sent) {
      for (const spell of spellings) {
        const line = `${spell(text)}\n`;
        const middle = Math.floor(line.length / 2);
        response.write(line.slice(0, middle));
        await new Promise(setImmediate);
        if (path === '/cut') return request.socket.destroy();
        response.write(line.slice(middle));
      }
    }
    return response.end();
  };
}
