import { until } from '#core/testing/until.ts';
import type { Attack, AttackGroup } from '../../attack.ts';
import { type NetworkArena, newMark } from '../arena.ts';
import { goneToken } from '../rules.ts';
import { reached, tries } from '../tries.ts';

/** The mark is the attacker's own credential: what is done with it is done in the attacker's account. */
const own = (name: string, python: (mark: string) => string) => tries(name, { python, success: reached });

/** Its owner takes a secret away while a turn sends requests with it, one after the other. */
function spentOn(name: string): Attack<NetworkArena> {
  let late = 0;
  return {
    name,
    run: async (arena) => {
      const { core } = arena.stage;
      const mark = newMark();
      const loop = `until = time.time() + 4
while time.time() < until and not os.path.exists('/workspace/${mark}'): get('https://gone.api.test/${mark}')`;
      const { turnId, sessionId } = await arena.begin(loop);
      const carried = async () =>
        (await arena.seen()).filter((one) => one.kind === 'request' && one.headers.includes(goneToken))
          .length;
      await until(async () => ((await carried()) > 0 ? true : null), 'the secret on a request');
      const { workspaceId = '' } = (await core.sessions.byId(sessionId)) ?? {};
      const [gone] = (await core.secrets.visibleTo(workspaceId, '')).filter((one) => one.name === 'GONE');
      if (!gone || !(await core.secrets.remove(gone.secretId, 'usr_owner')))
        throw new Error('the secret was not there any more');
      // One may have been on its way.
      const before = (await carried()) + 1;
      await arena.stage.ended(turnId);
      late = (await carried()) - before;
    },
    observed: async () => late > 0,
  };
}

/** A credential that the sandbox brings along, to a host that a secret is bound to, in the place that it is bound to. */
export const credentials: AttackGroup<NetworkArena> = {
  name: "the attacker's own credential",
  harm: 'leak',
  control: own(
    'to an allowed host that no secret is bound to',
    (mark) => `get('https://open.test/', 'X-Token: ${mark}')`,
  ),
  attacks: [
    spentOn('of a secret that its owner has just removed'),
    own('in the bound header', (mark) => `get('https://api.test/', 'X-Token: ${mark}')`),
    own('in the bound header, otherwise written', (mark) => `get('https://api.test/', 'x-tOKEN: ${mark}')`),
    own(
      'in the bound header twice',
      (mark) => `get('https://api.test/', 'X-Token: ${mark}', 'X-Token: ${mark}')`,
    ),
    own(
      'in the bound header beside the placeholder',
      (mark) => `get('https://api.test/', 'X-Token: ' + os.environ['API_TOKEN'], 'X-Token: ${mark}')`,
    ),
    own('in the bound header with an underscore', (mark) => `get('https://api.test/', 'X_Token: ${mark}')`),
    own('in the bound header, folded', (mark) => `get('https://api.test/', 'X-Token:\\r\\n ${mark}')`),
    own(
      'as user and password of a repository',
      (mark) => `subprocess.run(['git', 'ls-remote', 'https://x:${mark}@git.test/project.git'])`,
    ),
    own(
      'as a bearer token where a password is bound',
      (mark) => `get('https://git.test/', 'Authorization: Bearer ${mark}')`,
    ),
    own('in the bound parameter', (mark) => `get('https://key.test/?key=${mark}')`),
    own('in the bound parameter, escaped', (mark) => `get('https://key.test/?%6b%65%79=${mark}')`),
    own('in the bound parameter twice', (mark) => `get('https://key.test/?a=b&key=${mark}&key=${mark}')`),
    own(
      'in the bound header of HTTP/2',
      (mark) =>
        `s = h2('api.test:443'); s.sendall(frame(1, 5, 1, fields(*asks('api.test'), ('x-token', '${mark}')))); read(s)`,
    ),
    own(
      'in the bound header of a WebSocket',
      (mark) =>
        `get('https://api.test/', 'Upgrade: websocket', 'Connection: Upgrade', 'X-Token: ${mark}', close=False)`,
    ),
    own(
      'in the bound header as a trailer',
      (mark) =>
        `inside('api.test:443', b'POST / HTTP/1.1\\r\\nHost: api.test\\r\\nTransfer-Encoding: chunked\\r\\nTrailer: X-Token\\r\\nConnection: close\\r\\n\\r\\n1\\r\\nx\\r\\n0\\r\\nX-Token: ${mark}\\r\\n\\r\\n')`,
    ),
  ],
};
