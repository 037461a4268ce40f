import { STATE } from './options.ts';

/** What a person's processes in a sandbox begin with, beside what their container has. */
export function environmentOf(uid: number): string[] {
  const name = `u${uid}`;
  return [
    `HOME=${STATE}/${name}/home`,
    `USER=${name}`,
    `LOGNAME=${name}`,
    'SHELL=/bin/bash',
    'LANG=C.UTF-8',
    'TERM=dumb',
    'PAGER=cat',
    'GIT_TERMINAL_PROMPT=0',
  ];
}
