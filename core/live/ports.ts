/** Lossy, fast signals between processes. The log is the truth; whoever misses one of these reads it there. */
export type LiveSignal =
  /** The session's log has grown. */
  | { kind: 'events'; sessionId: string }
  /** Words of a model's answer as they come. `attempt` rises when the call is asked again: start anew. */
  | { kind: 'answer'; sessionId: string; turnId: string; key: string; attempt: number; text: string }
  /** Output of a running command as it comes, bounded. */
  | { kind: 'output'; sessionId: string; turnId: string; key: string; text: string }
  /** A console thread has new or edited messages. Addressed by the thread's id: a thread may have no session. */
  | { kind: 'console'; sessionId: string }
  /** Somebody asked to stop a running turn. */
  | { kind: 'stop'; sessionId: string; turnId: string }
  /** A worker asks for the session's door to be opened or closed. */
  | { kind: 'door'; sessionId: string };

export interface Live {
  publish(signal: LiveSignal): void;
  /** Signals of one session, or of all, but for stops. The returned function ends the subscription. */
  subscribe(sessionId: string | '*', listener: (signal: LiveSignal) => void): Promise<() => Promise<void>>;
  /** Every stop, of whichever session. */
  onStop(listener: (turnId: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** A doorbell between processes: says that some session has work, carries nothing, may be lost (I9). */
export interface Bell {
  ring(sessionId: string): Promise<void>;
  /**
   * Resolves at the next ring that this process takes; null once aborted, or when nothing can be heard: look for work
   * then, and listen again. Rings are shared out over all listeners.
   */
  next(signal: AbortSignal): Promise<string | null>;
  close(): Promise<void>;
}
