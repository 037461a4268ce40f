import { DeckhandError } from '#core/errors.ts';
import type { Accounts } from '#core/identity/accounts-port.ts';
import { hashPassword, isPassword, lockMs } from '#core/identity/password.ts';
import type { Database } from './database.ts';

/** Each try costs 32 MiB and a thread: a flood of them waits in line instead of taking the process down. */
const atOnce = 2;
const longestLine = 50;
const uniqueViolation = 'P2002';

/** Names and passwords on Postgres. */
export function openAccounts({ prisma, pool }: Database): Accounts {
  const inLine = line(atOnce);
  let nobodys: Promise<string> | null = null;

  return {
    loginOf: async (userId) => (await prisma.account.findUnique({ where: { userId } }))?.login ?? null,

    set: async (userId, account) => {
      if (account === null) {
        await prisma.account.deleteMany({ where: { userId } });
        return;
      }
      const login = account.login.toLowerCase();
      const fresh = {
        login,
        hash: await inLine(() => hashPassword(account.password)),
        ...{ failures: 0, lockedUntil: null, changedAt: new Date() },
      };
      await prisma.account
        .upsert({ where: { userId }, create: { userId, ...fresh }, update: fresh })
        .catch((fault: { code?: string }) => {
          throw fault.code === uniqueViolation ? taken(login) : fault;
        });
    },

    signIn: (login, password) =>
      inLine(async () => {
        const account = await prisma.account.findUnique({ where: { login: login.toLowerCase() } });
        if (account?.lockedUntil && account.lockedUntil > new Date()) {
          return { kind: 'locked', until: account.lockedUntil.toISOString() };
        }
        nobodys ??= hashPassword('');
        const right = await isPassword(password, account?.hash ?? (await nobodys));
        if (!account) return { kind: 'wrong' };
        if (right) {
          await prisma.account.updateMany({
            where: { userId: account.userId },
            data: { failures: 0, lockedUntil: null },
          });
          return { kind: 'in', userId: account.userId };
        }
        // Counted by the database: many tries at once count as many.
        const { rows } = await pool.query<{ failures: number }>(
          'UPDATE account SET failures = failures + 1 WHERE user_id = $1 RETURNING failures',
          [account.userId],
        );
        const ms = lockMs(rows[0]?.failures ?? 0);
        if (ms === 0) return { kind: 'wrong' };
        const until = new Date(Date.now() + ms);
        await prisma.account.updateMany({ where: { userId: account.userId }, data: { lockedUntil: until } });
        return { kind: 'locked', until: until.toISOString() };
      }),
  };
}

function taken(login: string): DeckhandError {
  return new DeckhandError(
    'account.login_taken',
    `Somebody else signs in as ${login}. Choose another name.`,
    {
      blame: 'asker',
    },
  );
}

function busy(): DeckhandError {
  return new DeckhandError('auth.busy', 'Too many people sign in just now. Try again in a moment.', {
    retryable: true,
    retryAfterMs: 5_000,
  });
}

/** Runs so many at a time, in the order in which they came. */
function line(places: number) {
  let free = places;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting.length >= longestLine) throw busy();
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
