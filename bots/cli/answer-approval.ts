import type { presentApproval } from '#bots/http/presenters.ts';
import { DeckhandError } from '#core/errors.ts';
import type { Client } from './client.ts';
import type { Terminal } from './terminal.ts';

export type Approve = 'all' | 'none';
type Approval = ReturnType<typeof presentApproval>;

/**
 * Answers an open question as `approve` says, else by asking the person at the terminal; without one it says where it
 * can be answered.
 */
export async function answerApproval(
  client: Client,
  approvalId: string,
  approve: Approve | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const approval = await client.get<Approval>(`/v1/approvals/${approvalId}`);
  if (approval.state !== 'open') return;
  const { title, subject, why } = approval.request;
  terminal.progress(`✋ May I ${title}?\n   ${subject}${why ? `\n   Why: ${why}` : ''}`);
  const answer =
    approve === undefined
      ? await asked(client, terminal, signal)
      : { grant: approve === 'all', scope: 'once' };
  if (!answer) return;
  const decided = await client
    .post<Approval>(`/v1/approvals/${approvalId}/decide`, { ...answer, revision: approval.revision })
    .catch((fault) => {
      if (fault instanceof DeckhandError && fault.code === 'approval.settled') return null;
      throw fault;
    });
  terminal.progress(decided ? `   ${decided.state}` : '   Somebody else has answered it.');
}

async function asked(client: Client, terminal: Terminal, signal: AbortSignal) {
  if (!terminal.interactive) {
    terminal.progress(
      `   Waiting for an answer: press a button at ${client.url}, or ask again with --approve all|none.`,
    );
    return null;
  }
  const word = await terminal.question('   Allow? [y]es once, in this [t]hread, [N]o: ', signal);
  if (word === null) return null;
  const letter = word.trim().toLowerCase()[0];
  return { grant: letter === 'y' || letter === 't', scope: letter === 't' ? 'thread' : 'once' };
}
