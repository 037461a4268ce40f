/** The newest saved state of a session's workspace. */
export interface Snapshot {
  /** Counts the states that were saved, from 1. */
  generation: number;
  /** Of the compressed tar in the blob store. */
  blob: string;
  /** Compressed, in bytes. */
  size: number;
}

/** Which saved state of a workspace is the newest; the states themselves are blobs. */
export interface Snapshots {
  latest(sessionId: string): Promise<Snapshot | null>;
  /** Records a state over the one before it. False when another host has saved that generation already. */
  save(sessionId: string, snapshot: Snapshot, host: string): Promise<boolean>;
  /** Commands and file calls that ended after the newest state was saved, or ever where none was: what it lacks. */
  stepsSince(sessionId: string): Promise<number>;
}
