import type { Platform } from './thread-ref.ts';

/** One device of an account of ours at a platform with encrypted messages. */
export interface DeviceOf {
  platform: Platform;
  account: string;
  device: string;
}

/** A row of one of a device's stores. What stands in it is sealed already. */
export interface DeviceRow {
  store: string;
  key: Uint8Array;
  /** Null: it is gone. */
  value: Uint8Array | null;
}

export interface DeviceState {
  /** Rises with each write. */
  version: number;
  rows: DeviceRow[];
}

/** What devices of ours need to read and write encrypted messages. All processes share a device. */
export interface Devices {
  /** 0: nothing is kept of it. */
  version(of: DeviceOf): Promise<number>;
  /** Null: nothing is kept of it. */
  read(of: DeviceOf): Promise<DeviceState | null>;
  /**
   * Writes what has changed since `version`, all or nothing, and gives the new version. Null: somebody else has written
   * meanwhile, and nothing is written (I8). `emptied` names stores whose other rows are gone.
   */
  write(of: DeviceOf, version: number, rows: DeviceRow[], emptied: string[]): Promise<number | null>;
}
