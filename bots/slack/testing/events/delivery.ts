import type { Json, JsonObject } from '../json.ts';

export type Kind = 'events_api' | 'interactive' | 'slash_commands';

/** One thing on its way to the app, as one attempt carries it. */
export interface Envelope {
  /** Unique for each attempt. */
  id: string;
  kind: Kind;
  payload: JsonObject;
  /** 0 is the first attempt, 1 to 3 are retries. */
  attempt: number;
  retryReason?: string;
}

/** What came of an attempt. */
export type Answer =
  | { acknowledged: true; body?: Json }
  | { acknowledged: false; reason: string; noRetry?: boolean };

/** The way to the app: Socket Mode or HTTP. */
export interface Transport {
  send(envelope: Envelope, ack: () => Promise<void>, signal: AbortSignal): Promise<Answer>;
  /** True while somebody could receive: events wait for nothing, but tests do. */
  connected(): boolean;
  close(): Promise<void>;
}
