import type { ApprovalRequest } from '#core/approvals/types.ts';
import { visible } from '#core/approvals/visible.ts';

/** A command that takes something away for good, and what it is in plain words. */
interface Danger {
  pattern: RegExp;
  title: string;
}

/**
 * Commands that ask first even if the agent does not. A net for accidents, not a wall: what may be reached at all is
 * the sandbox's and the door's business.
 */
const dangers: readonly Danger[] = [
  {
    pattern: /\brm\s+(?:-\S+\s+)*-\S*[rR]\S*\s+(?:-\S+\s+)*["']?(?:\/|~|\$HOME)["']?\/?\*?(?=\s|$|;|&|\|)/,
    title: 'delete everything below / or the home folder',
  },
  { pattern: /\bmkfs(?:\.\w+)?\s/, title: 'format a file system' },
  { pattern: /\bdd\b[^\n;|&]*\bof=\/dev\//, title: 'overwrite a device' },
  {
    pattern: /\bgit\b[^\n;|&]*\bpush\b[^\n;|&]*(?:\s--force(?:-with-lease)?\b|\s-\w*f\b)/,
    title: 'force a push',
  },
  {
    pattern: /\b(?:terraform|tofu|pulumi)\b[^\n;|&]*\s(?:destroy|apply\s+-destroy)\b/,
    title: 'destroy infrastructure',
  },
  { pattern: /\b(?:kubectl|oc)\b[^\n;|&]*\sdelete\b/, title: 'delete from a cluster' },
  { pattern: /\bhelm\b[^\n;|&]*\s(?:uninstall|delete)\b/, title: 'remove a release from a cluster' },
  {
    pattern: /\b(?:drop|truncate)\s+(?:database|schema|table)\b/i,
    title: 'drop data from a database',
  },
];

/** Where a command runs unless it says otherwise; not worth a word. */
const home = '/workspace';

export interface CommandToJudge {
  cmd: string;
  /** Absolute. */
  workdir: string;
  /** The agent asks for a yes by itself. */
  careful: boolean | null;
  why: string | null;
}

/** The question that people must answer before this command runs; null when it may run at once. */
export function commandApproval({ cmd, workdir, careful, why }: CommandToJudge): ApprovalRequest | null {
  const danger = dangers.find(({ pattern }) => pattern.test(cmd));
  if (!careful && !danger) return null;
  return {
    kind: 'command',
    title: `run a command${danger ? ` that would ${danger.title}` : ''}${workdir === home ? '' : `, in ${visible(workdir).replaceAll(/\s+/g, ' ')}`}`,
    subject: visible(cmd),
    why: why ? visible(why).slice(0, 500).toWellFormed() : null,
  };
}
