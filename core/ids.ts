import { v7 } from 'uuid';

/** What an id names; its prefix makes ids readable in logs and addresses. */
export type IdKind =
  | 'wsp'
  | 'usr'
  | 'idn'
  | 'ses'
  | 'trn'
  | 'apr'
  | 'itm'
  | 'pst'
  | 'fil'
  | 'thr'
  | 'msg'
  | 'wrk'
  | 'key'
  | 'sgn'
  | 'web'
  | 'sch'
  | 'sec'
  | 'ppl'
  | 'fbk'
  | 'tpl'
  | 'rpl'
  | 'era';

/** A new id, ordered by time: `ses_0198…`. */
export function newId(kind: IdKind): string {
  return `${kind}_${v7().replaceAll('-', '')}`;
}
