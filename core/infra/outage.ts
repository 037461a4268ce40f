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
 * Is this the database being away, rather than something wrong with what was asked? Postgres: class 08 (connection),
 * 53 (resources, e.g. disk full), 57P (shutdown, crash), 25006 (read only after a failover).
 */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (socketCodes.has(code) || /^(08|53|57P)/.test(code) || code === '25006') return true;
  return /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i.test(
    error.message,
  );
}
