/** A message that is a command, read. */
export type Command =
  | { verb: 'help'; about: string | null }
  | { verb: 'new' | 'steer' | 'feedback'; text: string }
  | { verb: BareVerb }
  | { verb: 'queue'; action: QueueAction }
  | { verb: 'model' | 'template'; name: string | null }
  | { verb: 'policy'; propose: string | null }
  | { verb: 'approve'; scope: 'once' | 'thread'; approvalId: string | null }
  | { verb: 'deny'; approvalId: string | null }
  /** `every …`, `at …`, `in …`, `cron …`: the words themselves are the command. */
  | { verb: 'schedule'; words: string }
  | { verb: 'schedules'; action: SchedulesAction }
  | { verb: 'timezone'; zone: string | null }
  | { verb: 'link'; code: string | null }
  | { verb: 'signin'; server: string | null }
  | { verb: 'invite'; who: string };

/** Verbs that take nothing. */
export type BareVerb =
  | 'status'
  | 'stop'
  | 'retry'
  | 'receipt'
  | 'details'
  | 'cancel'
  | 'secrets'
  | 'whoami'
  | 'usage';

export type QueueAction =
  | { kind: 'list' }
  | { kind: 'cancel'; place: number }
  | { kind: 'edit'; place: number; text: string }
  | { kind: 'move'; place: number; to: number };

/** `which`: a number from the list, or an id. */
export type SchedulesAction =
  | { kind: 'list' }
  | { kind: 'save' | 'drop' | 'pause' | 'resume' | 'run' | 'delete' | 'history'; which: string }
  | { kind: 'edit'; which: string; words: string };

export type VerbName = Command['verb'];
