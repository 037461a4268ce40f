import type { AttackGroup } from '../../attack.ts';
import type { NetworkArena } from '../arena.ts';
import { packetTo, tries } from '../tries.ts';

const inner = '192.168.7.7';
const hex = 'c0a80707';
/** `good`: for how many questions the name says that it is in the world. */
const rebinds = (
  name: string,
  good: number,
  python: (url: string) => string,
  zone = 'inside.test',
  scheme = 'http',
) =>
  tries(name, {
    python: (mark) => python(`${scheme}://${mark}.flip${good}-${hex}.${zone}/`),
    success: packetTo(inner),
  });

/** Names that are good when they are checked and bad when they are used. */
export const rebinding: AttackGroup<NetworkArena> = {
  name: 'rebinding',
  harm: 'escape',
  control: tries('a name that changes to an address that policy opens', {
    python: (mark) => `for _ in range(2): get('http://${mark}.flip1-0a320007.lab.test/')`,
    success: packetTo('10.50.0.7'),
  }),
  attacks: [
    rebinds('between two requests', 1, (url) => `for _ in range(3): get('${url}')`),
    rebinds('between the check and the connection', 1, (url) => `get('${url}')`),
    rebinds(
      'within many requests at once',
      2,
      (url) => `several = [threading.Thread(target=get, args=('${url}',)) for _ in range(8)]
for one in several: one.start()
for one in several: one.join()`,
    ),
    rebinds(
      'with the connection still open',
      1,
      (url) => `door = knock()
for _ in range(3):
  door.sendall(b'GET ${url} HTTP/1.1\\r\\nHost: ' + b'${url}'.split(b'/')[2] + b'\\r\\n\\r\\n')
  time.sleep(0.2)
read(door)`,
    ),
    rebinds('inside TLS', 1, (url) => `for _ in range(3): get('${url}')`, 'inside.test', 'https'),
    rebinds(
      'while the request is still being sent',
      1,
      (url) => `door = knock()
door.sendall(b'POST ${url} HTTP/1.1\\r\\nHost: ' + b'${url}'.split(b'/')[2] + b'\\r\\nContent-Length: 20\\r\\n\\r\\nhalf of it')
time.sleep(0.5)
door.sendall(b'the other.')
read(door)`,
    ),
    rebinds(
      'after a server that went away',
      1,
      (url) => `get('${url}silence'); get('${url}'); get('${url}')`,
    ),
    tries('by a redirect to itself', {
      python: (mark) => `host = '${mark}.flip1-${hex}.inside.test'
subprocess.run(['curl', '-sSL', '--max-redirs', '4', f'http://{host}/go/302?to=http://{host}/'])`,
      success: packetTo(inner),
    }),
    tries("a record of another's name", {
      python: (mark) => `get('http://${mark}.alien-${hex}.inside.test/')`,
      success: packetTo(inner),
    }),
    tries('IPv6 answers after IPv4 was good', {
      python: (mark) =>
        `for _ in range(2): get('http://${mark}.both-fd000000000000000000000000000007.inside.test/')`,
      success: packetTo('fd00::7'),
    }),
  ],
};
