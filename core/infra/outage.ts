/** Node's codes for a connection that could not be had or was lost. */
const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'EHOSTUNREACH',
  'ENOTFOUND',
]);

/**
 * SQLSTATE classes 08 (connection), 53 (resources, e.g. disk full), 57P (shutdown, crash); 25006: read only after a
 * failover; 25P03: we were paused inside a transaction.
 */
const away = /^(08|53|57P|25006|25P03)/;
const awayWords =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not currently accepting connections/i;
/** Prisma puts the database's own code into its message, and a code of its own in its place. */
const prismaWords = /\bCode: `(\w{5})`/;

/** Is this the database being away, rather than something wrong with what was asked? Knows the words of pg and Prisma. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (socketCodes.has(code) || away.test(code)) return true;
  return away.test(prismaWords.exec(error.message)?.[1] ?? '') || awayWords.test(error.message);
}
