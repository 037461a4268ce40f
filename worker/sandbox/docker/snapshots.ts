import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { SandboxOptions, SnapshotStore } from './options.ts';
import { packWorkspace, unpackWorkspace } from './snapshot-tar.ts';
import { diskOf, hasDisk, makeDisk } from './workspace.ts';

const run = promisify(execFile);
const TOOL_MS = 30_000;
const MIB = 1024 * 1024;

/** Saves the disks of stopped sandboxes, and makes a disk from what another host saved. */
export class WorkspaceSnapshots {
  readonly #options: SandboxOptions;
  readonly #store: SnapshotStore | undefined;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#store = options.snapshots;
  }

  /** Saves a session's disk; its sandbox must be gone. False when another host is further, or there is none. */
  async save(sessionId: string): Promise<boolean> {
    const disk = diskOf(this.#options.home, sessionId);
    if (!this.#store || !(await hasDisk(this.#options.home, sessionId))) return false;
    return this.#mounted(sessionId, disk, (folder) => this.saveStanding(sessionId, folder));
  }

  /** Saves what lies under `folder`, which nobody changes meanwhile. False when another host is further. */
  async saveStanding(sessionId: string, folder: string): Promise<boolean> {
    const store = this.#store;
    if (!store) return false;
    const generation = (await this.#generation(sessionId)) + 1;
    const packed = packWorkspace(folder);
    const small = packed.pipe(createZstdCompress());
    packed.on('error', (error) => small.destroy(error));
    const { hash, size } = await store.blobs.put(small, this.#options.diskMb * 2 * MIB);
    if (!(await store.snapshots.save(sessionId, { generation, blob: hash, size }, hostname()))) return false;
    await writeFile(this.#generationFile(sessionId), `${generation}`);
    return true;
  }

  /** Has another host saved more than this host's disk knows? */
  async isBehind(sessionId: string): Promise<boolean> {
    const latest = await this.#store?.snapshots.latest(sessionId);
    return !!latest && latest.generation > (await this.#generation(sessionId));
  }

  /** From now on what was saved so far is older than what this host has, also when that is nothing. */
  async passOver(sessionId: string): Promise<void> {
    const latest = await this.#store?.snapshots.latest(sessionId);
    if (!latest || latest.generation <= (await this.#generation(sessionId))) return;
    await mkdir(join(this.#options.home, 'workspaces'), { recursive: true, mode: 0o700 });
    await writeFile(this.#generationFile(sessionId), `${latest.generation}`);
  }

  /** Brings the disk to the newest saved state where this host is behind; no sandbox may have it. True when it did. */
  async bring(sessionId: string): Promise<boolean> {
    const latest = await this.#store?.snapshots.latest(sessionId);
    if (!this.#store || !latest || latest.generation <= (await this.#generation(sessionId))) return false;
    const { home, diskMb } = this.#options;
    await mkdir(join(home, 'workspaces'), { recursive: true, mode: 0o700 });
    const draft = `${diskOf(home, sessionId)}.restoring-${process.pid}`;
    try {
      await makeDisk(draft, diskMb);
      const packed = this.#store.blobs.open(latest.blob);
      const whole = packed.pipe(createZstdDecompress());
      packed.on('error', (error) => whole.destroy(error));
      await this.#mounted(sessionId, draft, (folder) => unpackWorkspace(whole, folder));
      await rename(draft, diskOf(home, sessionId));
      await writeFile(this.#generationFile(sessionId), `${latest.generation}`);
      return true;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async #generation(sessionId: string): Promise<number> {
    return Number(await readFile(this.#generationFile(sessionId), 'utf8').catch(() => '0'));
  }

  #generationFile(sessionId: string): string {
    return join(this.#options.home, 'workspaces', `${sessionId}.generation`);
  }

  /** Mounts a disk where only this process looks, without programs' special rights or devices. */
  async #mounted<T>(sessionId: string, disk: string, work: (folder: string) => Promise<T>): Promise<T> {
    const { helper, home } = this.#options;
    const place = join(home, 'snapshots', `${sessionId}-${process.pid}`);
    await mkdir(join(place, 'workspace'), { recursive: true, mode: 0o700 });
    await run(helper, ['seat', place, '', disk, '', ''], { timeout: TOOL_MS });
    try {
      return await work(join(place, 'workspace'));
    } finally {
      await run(helper, ['unseat', place], { timeout: TOOL_MS });
      await run('rm', ['-rf', '--one-file-system', place], { timeout: TOOL_MS });
    }
  }
}
