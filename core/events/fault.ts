/** What kind of thing is wrong with a log. */
export type FaultCode =
  | 'missing'
  | 'session'
  | 'content'
  | 'chain'
  | 'signature'
  | 'unknown_key'
  | 'seal'
  | 'payload'
  | 'effect'
  | 'approval'
  | 'epoch'
  | 'order'
  | 'steer'
  | 'truncated'
  | 'egress'
  | 'erased';

/** The first thing that is wrong with a log. */
export interface Fault {
  /** The row at which it shows; one past the end when rows are missing there. */
  seq: number;
  code: FaultCode;
  message: string;
}
