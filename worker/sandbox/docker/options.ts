import type { Blobs } from '#core/files/ports.ts';
import type { Snapshots } from '#core/sessions/snapshots-port.ts';
import { WORKSPACE } from '../limits.ts';
import type { DoorOptions } from './door-mount.ts';

/** Where states of workspaces are kept for other hosts. */
export interface SnapshotStore {
  snapshots: Snapshots;
  blobs: Blobs;
}

/** What the Docker sandboxes need to know. Plain values: the configuration is read elsewhere. */
export interface SandboxOptions {
  /** Address of the engine: `unix:///var/run/docker.sock` or `tcp://host:port`. */
  docker: string;
  /** Names this installation's containers and volumes; `[a-z0-9]{1,32}`, the same for all its workers on one host. */
  instance: string;
  /** Absolute folder for workspaces and what is mounted into sandboxes. */
  home: string;
  image: string;
  /** Absolute path of the helper that `buildBaseImage` returned. */
  helper: string;
  runtime: string;
  memoryMb: number;
  cpus: number;
  pids: number;
  diskMb: number;
  idleSeconds: number;
  /** A workspace whose session nobody knows any more is deleted when it was not used for this long; a day if absent. */
  forgottenSeconds?: number;
  /** Sandboxes kept ready before anybody asks; none if absent. */
  warm?: number;
  /** The longest one call of the engine may take, in place of the usual limits; for tests. */
  engineMs?: number;
  /** The way out; without it a sandbox reaches nothing. */
  door?: DoorOptions;
  /** Where stopped workspaces are saved for other hosts; without it they stay on this one. */
  snapshots?: SnapshotStore;
  /** A kernel uid for a person: from `FIRST_UID` up, stable, never one for two people. */
  uidFor(userId: string): Promise<number>;
  /** Told once when a promise of the sandbox cannot be kept on this machine, in words for the log. */
  onNote(note: string): void;
}

/** The helper's own uid: the agent's uid can neither signal nor trace it. */
export const HELPER_UID = 65500;
/** Shared by all people of a session, so that they can work on each other's files. */
export const WORKSPACE_GID = 60000;
/** People's uids start here, clear of what images use. */
export const FIRST_UID = 70000;

export const STATE = `${WORKSPACE}/.deckhand`;
export const HELPER = '/usr/local/lib/deckhand/helper';

export const LABEL_INSTANCE = 'deckhand.instance';
export const LABEL_SESSION = 'deckhand.session';
/** The place on the host of a sandbox made in advance. */
export const LABEL_PLACE = 'deckhand.place';
