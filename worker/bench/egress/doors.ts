import { doorSocket } from '#core/doors/place.ts';
import { openDoors } from '#core/infra/egress/doors.ts';
import { openLeases } from '#core/infra/egress/leases.ts';
import { openCore } from '#core/infra/open-core.ts';
import { enterSecrets } from '#core/secrets/enter-secrets.ts';
import { newWorker, sayAccepted } from '#core/testing/core.ts';
import { openGround } from '../ground.ts';
import { startProgram } from './programs.ts';

/** Hosts by what policy says of them; each is the same server. */
export const hosts = { read: 'read.test', unread: 'unread.test', secret: 'secret.test' };

export interface Doors {
  /** Of a turn without secrets, and of one with a secret that is bound to another host, so that all is masked. */
  plain: string;
  masked: string;
  /** Resident memory of the role, in bytes, is read from there. */
  pid: number;
}

/** The whole role on a real Postgres, with two running turns. `port`: the server's. */
export async function openBenchDoors(owned: AsyncDisposableStack, port: number): Promise<Doors> {
  const { plainUrl: databaseUrl, home } = await openGround(owned);
  const core = await openCore({ databaseUrl, redisUrl: undefined, home, name: 'bench' });
  owned.defer(() => core.close());
  const { at: pid } = await startProgram(owned, 'role.ts', databaseUrl, home);
  const { userId } = await core.identities.localOwner();
  const policy = `format: 1
ranges: { here: 127.0.0.0/8 }
rules:
  - { effect: allow, host: ${hosts.unread}, ports: ${port}, ranges: here, passthrough: true }
  - { effect: allow, host: '*.test', ports: ${port}, ranges: here }
`;
  await core.policies.save({ layer: 'system', owner: '' }, policy, userId);
  const worker = await newWorker(core);
  const doors = openDoors(core.database, core.live, { home, socketUid: process.getuid?.() ?? 0 });
  const leases = openLeases(core.database);
  const open = async (thread: string, by: string, secret: boolean) => {
    const { sessionId } = await sayAccepted(core, thread, { by });
    const claim = await core.claims.claim(worker);
    if (claim?.sessionId !== sessionId) throw new Error('another turn was claimed');
    if (secret) {
      const author = await core.identities.resolve(
        'console',
        { externalId: 'local', name: 'local' },
        { id: by, name: by },
      );
      const owner = { workspace: author.workspaceId, user: author.userId };
      const bindings = [{ hosts: [hosts.secret], ports: [port], put: { as: 'bearer' as const } }];
      const value = 'sk_bench_51b2c9d0e7f64a3388aa';
      await enterSecrets(core.secrets, {
        owner,
        secrets: [{ name: 'TOKEN', value, bindings }],
        by: author.userId,
      });
      await leases.grant(claim, await core.secrets.visibleTo(owner.workspace, owner.user));
    }
    await doors.open(claim);
    return doorSocket(home, sessionId);
  };
  return {
    plain: await open('plain', 'ana', false),
    masked: await open('masked', 'ben', true),
    pid: Number(pid),
  };
}
