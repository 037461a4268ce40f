/** Where a process can be made to die, named by what has happened and what has not. */
export type DeathPoint =
  /** The intent is committed, the effect has not begun. */
  | 'intent-effect'
  /** The effect is over, nothing of its receipt has been written. */
  | 'effect-receipt'
  /** The receipt is on its way to the database. */
  | 'receipt-commit'
  /** The receipt is committed, and nobody was told. */
  | 'commit-next'
  /** A turn is committed (submitted, finished, answered), and no bell was rung for it. */
  | 'commit-wake'
  /** A post is reserved and was not sent. */
  | 'reserve-post'
  /** The platform has the post, the database does not know. */
  | 'post-record';

/** Ends, or stops its clock, at the point's nth hit, counted from 1. */
export interface Death {
  point: DeathPoint;
  hit: number;
  how: 'SIGKILL' | 'SIGSTOP';
}

/** Told by the wrapped ports that a point was reached. */
export type Reaches = (point: DeathPoint) => void;

/** Sends this process the signal when its point is hit for the nth time: not one statement more is run. */
export function openDeath(death: Death | null): Reaches {
  let hits = 0;
  return (point) => {
    if (point !== death?.point) return;
    hits += 1;
    if (hits === death.hit) process.kill(process.pid, death.how);
  };
}
