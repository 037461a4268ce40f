import assert from 'node:assert/strict';
import type { Stack } from './stack.ts';

export const services = ['postgres', 'redis', 'socket-proxy', 'bots', 'worker', 'egress'] as const;

/** Asked of the engine's filter, which must refuse them. */
export const probed = ['/networks', '/plugins', '/containers/../networks', '/secrets', '/v1.41/swarm'];

/** Tries to connect from a role. Prints `open` or why not. */
const knock = (host: string, port: number) => `
  const socket = require('node:net').connect({ host: ${JSON.stringify(host)}, port: ${port}, timeout: 5000 });
  socket.on('connect', () => { console.log('open'); process.exit(0); });
  for (const event of ['error', 'timeout']) socket.on(event, (why) => { console.log(why?.code ?? event); process.exit(0); });`;

/** What the engine says of the containers, and what their processes really are. */
export async function containersAreClosed(stack: Stack): Promise<void> {
  for (const service of services) {
    const container = await stack.containerOf(service);
    const { Config, HostConfig } = await container.inspect();
    assert.ok(HostConfig.ReadonlyRootfs, `${service}: its root can be written to`);
    assert.deepEqual(HostConfig.CapDrop, ['ALL'], service);
    assert.ok(
      HostConfig.SecurityOpt?.some((option: string) => option.startsWith('no-new-privileges')),
      service,
    );
    assert.ok(HostConfig.Memory && HostConfig.NanoCpus && HostConfig.PidsLimit, `${service}: no limits`);
    const top = await container.top({ ps_args: '-eo pid,uid,args' });
    for (const [, uid, command] of top.Processes)
      assert.notEqual(uid?.trim(), '0', `${service}: ${command} runs as root`);
    const told = JSON.stringify([Config.Env, Config.Cmd, top.Processes]);
    for (const secret of stack.secrets)
      assert.ok(!told.includes(secret), `${service}: a secret stands in its environment or command`);
    const { code } = await stack.inside(service, 'sh', '-c', 'echo > /written');
    assert.notEqual(code, 0, `${service}: wrote to its root`);
  }
}

/** Only the worker reaches the engine's filter, which lets by no more than its list; the stores have no way out. */
export async function networksAreClosed(stack: Stack): Promise<void> {
  const reach = async (service: string, host: string, port: number) =>
    (await stack.inside(service, 'node', '-e', knock(host, port))).said.trim();
  assert.equal(await reach('worker', 'socket-proxy', 2375), 'open');
  for (const service of ['bots', 'egress'])
    assert.equal(await reach(service, 'socket-proxy', 2375), 'ENOTFOUND', `${service} knows the engine`);
  for (const path of probed) {
    const ask = `fetch('http://socket-proxy:2375${path}').then((answer) => console.log(answer.status))`;
    const raw = `require('node:http').get({ host: 'socket-proxy', port: 2375, path: ${JSON.stringify(path)} }, (answer) => { console.log(answer.statusCode); answer.resume(); })`;
    const { said } = await stack.inside('worker', 'node', '-e', path.includes('..') ? raw : ask);
    assert.equal(said.trim(), '403', path);
  }
  for (const service of ['postgres', 'redis']) {
    const { code } = await stack.inside(
      service,
      'timeout',
      '5',
      'bash',
      '-c',
      'exec 3<>/dev/tcp/deb.debian.org/80',
    );
    assert.notEqual(code, 0, `${service} reaches the internet`);
  }
  const { said } = await stack.inside('redis', 'redis-cli', 'ping');
  assert.match(said, /NOAUTH/, 'Redis answers without its password');
}
