/** A process that runs turns. */
export interface WorkerFacts {
  workerId: string;
  host: string;
  slots: number;
  /** Turns it holds now. */
  running: number;
  startedAt: string;
  seenAt: string;
  /** Its heartbeat is younger than 6 s. */
  alive: boolean;
}

/** How much there is to do just now. */
export interface LoadFacts {
  queued: number;
  running: number;
  waiting: number;
  openApprovals: number;
  /** Turns that ended within the last hour, by how. */
  succeeded: number;
  failed: number;
  cancelled: number;
  sessions: number;
  people: number;
  /** Requests at the door within the last hour, by what became of them. */
  passed: number;
  refused: number;
  broken: number;
}

/** A turn that failed, for whoever looks after the instance. */
export interface FailedTurn {
  turnId: string;
  sessionId: string;
  authorId: string;
  code: string | null;
  finishedAt: string;
}

/** What the instance is doing, read from the truth. */
export interface Load {
  workers(): Promise<WorkerFacts[]>;
  now(): Promise<LoadFacts>;
  /** Newest first. */
  failures(sinceMs: number, limit: number): Promise<FailedTurn[]>;
  /** Turns begun in each of the last hours, oldest first; `hour` is its beginning, ISO 8601. */
  hourly(hours: number): Promise<{ hour: string; turns: number; failed: number }[]>;
}
