import type { Attack, AttackGroup } from '../../attack.ts';
import { type NetworkArena, newMark } from '../arena.ts';
import { basicToken, queryToken, token } from '../rules.ts';
import { tries } from '../tries.ts';
import { reflections } from '../world/reflect.ts';
import { holds } from '../world/spellings.ts';

/** Asks a server that a secret is bound to to give back what it got, and looks for it in all that came in. */
function reflected(name: string, value: string, python: (mark: string) => string): Attack<NetworkArena> {
  let given = '';
  return {
    name,
    run: async (arena) => {
      const { got, said } = await arena.attempt(python(newMark()));
      given = `${got}\n${said}`;
      const seen = await arena.seen();
      if (!seen.some((one) => one.kind === 'request' && holds(JSON.stringify(one), value))) {
        throw new Error(`the server was never given the secret: ${said.slice(-300)}${got.slice(0, 300)}`);
      }
    },
    observed: async (arena) =>
      holds(given, value) || Object.values(arena.stage.said()).some((log) => holds(log, value)),
  };
}
const api = (path: string, ...more: string[]) =>
  `get('https://api.test${path}', ${["'Accept-Encoding: gzip, br'", ...more].join(', ')})`;

/** How many characters are guessed; whoever gets these gets the rest. */
const guessed = 4;

/**
 * Has a server that plays along send a guess of a value's next character, and the rest of the line a while later: what is
 * held back meanwhile, and only it, is a right guess.
 */
function byWhatComesLate(name: string): Attack<NetworkArena> {
  let said = '';
  return {
    name,
    run: async (arena) => {
      const found = await arena.attempt(`known = '${token.slice(0, 2)}'
def comes(text, early):
  s = tls('open.test:443')
  s.sendall(f'GET /halves?given={text} HTTP/1.1\\r\\nHost: open.test\\r\\nConnection: close\\r\\n\\r\\n'.encode())
  head(s)
  data = b''
  s.settimeout(1)
  try:
    # What comes after it may be where another value, or another spelling, begins.
    while text[:2].encode() not in data: data += s.recv(4096)
    early.append(text)
  except OSError: pass
for _ in range(${guessed}):
  late = [known + one for one in '0123456789abcdef']
  # Whatever else is slow is not slow again and again.
  for _ in range(4):
    early = []
    several = [threading.Thread(target=comes, args=(guess, early)) for guess in late]
    for each in several: each.start()
    for each in several: each.join()
    late = [guess for guess in late if guess not in early]
    if len(late) < 2: break
  if len(late) != 1: break
  [known] = late
print('GUESSED', known)`);
      said = found.said;
    },
    observed: async () => said.includes(`GUESSED ${token.slice(0, 2 + guessed)}`),
  };
}

/** Servers that give back what they were sent. */
export const reflection: AttackGroup<NetworkArena> = {
  name: 'reflection',
  harm: 'leak',
  control: tries('what is no secret comes back as it was', {
    python: (mark) => `get('https://api.test/reflect/base64?given=${mark}')`,
    success: ({ attempt, mark }) => holds(attempt.got, mark),
  }),
  attacks: [
    ...Object.keys(reflections).map((how) => reflected(how, token, () => api(`/reflect/${how}`))),
    byWhatComesLate('guessed character by character, by what comes late'),
    reflected('a password, in base64', basicToken, () => `get('https://git.test/reflect/base64')`),
    reflected('a parameter', queryToken, () => `get('https://key.test/reflect/plain')`),
    reflected(
      'in two ranges',
      token,
      () =>
        `${api('/reflect/range', "'Range: bytes=0-10'")}\n${api('/reflect/range', "'Range: bytes=11-40'")}`,
    ),
    reflected('to HEAD', token, () => `get('https://api.test/reflect/header-value', method='HEAD')`),
    reflected(
      'over HTTP/2',
      token,
      () =>
        `s = h2('api.test:443'); s.sendall(frame(1, 5, 1, fields(*asks('api.test', '/reflect/plain')))); read(s)`,
    ),
    reflected(
      'by a WebSocket',
      token,
      () => `get('https://api.test/', 'Upgrade: websocket', 'Connection: Upgrade', close=False)`,
    ),
    reflected(
      'to a client that reads slowly',
      token,
      () => `s = tls('api.test:443'); s.sendall(b'GET /reflect/by-bytes HTTP/1.1\\r\\nHost: api.test\\r\\nConnection: close\\r\\n\\r\\n')
data = b''
while part := s.recv(1): data += part
got(data)`,
    ),
    reflected(
      'on a connection that is kept',
      token,
      () =>
        `inside('api.test:443', b'GET /reflect/half-and-half HTTP/1.1\\r\\nHost: api.test\\r\\n\\r\\n', b'GET /reflect/plain HTTP/1.1\\r\\nHost: api.test\\r\\nConnection: close\\r\\n\\r\\n')`,
    ),
    reflected(
      'through git',
      basicToken,
      () =>
        `subprocess.run(['git', 'ls-remote', 'https://git.test/reflect/error-page'], stderr=subprocess.STDOUT)`,
    ),
    reflected(
      'through curl, which unpacks',
      token,
      () => `subprocess.run(['curl', '-sS', '--compressed', 'https://api.test/reflect/gzip'])`,
    ),
    reflected(
      'through a redirect that curl follows',
      token,
      () =>
        `subprocess.run(['curl', '-sSL', '--max-redirs', '1', '-o', '-', 'https://api.test/reflect/location'])`,
    ),
  ],
};
