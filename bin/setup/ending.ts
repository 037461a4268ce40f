import { DeckhandError, messageOf } from '#core/errors.ts';

/** Runs a program's main function; what it throws becomes a line for people and exit status 1. */
export async function settle(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`✗ ${inWords(error)}\n`);
    process.exitCode = 1;
  }
}

/** A failure that nobody foresaw keeps its stack: it is a fault of ours. */
function inWords(error: unknown): string {
  if (error instanceof DeckhandError || !(error instanceof Error)) return messageOf(error);
  return error.stack ?? error.message;
}
