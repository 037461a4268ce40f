import type { Handler } from '../ports.ts';
import { said } from '../reply.ts';

/** Joins one's accounts in three steps, each by the account that it is about: a code, the code again, a yes. */
export const link: Handler<'link'> = async ({ code }, { person, account, thread }, { joins }) => {
  if (code === null) {
    const claimant = await joins.claimant(person.userId);
    if (claimant !== null) {
      return said(
        `${claimant} has repeated your code. If that is you, write \`link\` with the same code once more here: from then on that account is you, with your secrets and your rights. If it is not, do nothing; the code ends within 10 minutes.`,
      );
    }
    const fresh = await joins.offer(person.userId);
    return said(
      `Write this to me with your other account, within 10 minutes: \`link ${fresh}\`. Then come back here and write \`link\`: I tell you who did, and nothing is joined before you agree.`,
    );
  }
  if (await joins.isOwn(code, person.userId)) {
    const { joined } = await joins.agree(code, person.userId);
    return said(`${joined} is you from now on.`);
  }
  await joins.claim(code, person.userId, `${account.name} (${thread.platform}, ${thread.workspace})`);
  return said(
    'Nothing is joined yet. Now go back to the account that gave you this code and write `link` there.',
  );
};
