import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, rootCertificates } from 'node:tls';
import type Docker from 'dockerode';

/** What sandboxes need to know of the way out. Plain functions: the door itself is another role's. */
export interface DoorOptions {
  /** The host folder that holds the session's socket, made if need be. Always the same for one session. */
  socketDir(sessionId: string): Promise<string>;
  /** PEM of the authority that the session's sandbox is to trust. */
  authority(sessionId: string): Promise<string>;
}

const INSIDE = '/run/deckhand';
const BUNDLE = `${INSIDE}/bundle.pem`;
const AUTHORITY = `${INSIDE}/ca.pem`;
/** Where the helper listens; the sandbox has no other way out. */
const PROXY = 'http://127.0.0.1:3128';
const LOCAL = 'localhost,127.0.0.1,::1';

/**
 * The base image trusts `/run/deckhand` by links; these are for what looks elsewhere, and for other images. Lower and
 * upper case, for curl reads `http_proxy` only so, others only the other way.
 */
export const doorEnvironment: readonly string[] = [
  `http_proxy=${PROXY}`,
  `https_proxy=${PROXY}`,
  `HTTP_PROXY=${PROXY}`,
  `HTTPS_PROXY=${PROXY}`,
  `no_proxy=${LOCAL}`,
  `NO_PROXY=${LOCAL}`,
  `SSL_CERT_FILE=${BUNDLE}`,
  `GIT_SSL_CAINFO=${BUNDLE}`,
  `REQUESTS_CA_BUNDLE=${BUNDLE}`,
  `PIP_CERT=${BUNDLE}`,
  // Longer than a request is held for an answer of people: pip gives up after 15 s else.
  'PIP_DEFAULT_TIMEOUT=150',
  `NODE_EXTRA_CA_CERTS=${AUTHORITY}`,
  'NODE_USE_ENV_PROXY=1',
];

/** Puts certificates into a sandbox's run folder and gives the mount of its socket's folder. */
export async function openDoorMount(
  door: DoorOptions,
  sessionId: string,
  runFolder: string,
): Promise<Docker.MountSettings> {
  const [folder, authority] = await Promise.all([door.socketDir(sessionId), door.authority(sessionId)]);
  const roots = new Set([...rootCertificates, ...getCACertificates('system'), authority]);
  // Public roots as well: hosts that pass through show their own certificates.
  await replace(join(runFolder, 'bundle.pem'), [...roots].map((pem) => `${pem.trim()}\n`).join(''));
  await replace(join(runFolder, 'ca.pem'), authority);
  await mkdir(join(runFolder, 'door'), { recursive: true, mode: 0o755 });
  // The folder, not the socket: a new egress process brings a new socket. Read-only still lets connect.
  return { Type: 'bind', Source: folder, Target: `${INSIDE}/door`, ReadOnly: true };
}

/** Whoever reads meanwhile has the old file or the new one. */
async function replace(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, content, { mode: 0o644 });
  await rename(draft, path);
}
