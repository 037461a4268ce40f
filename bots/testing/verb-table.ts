import assert from 'node:assert/strict';
import { readCommand } from '#core/commands/read-command.ts';
import { type Surface, surfaces } from '#core/commands/surfaces.ts';
import { verbs } from '#core/commands/verbs.ts';
import type { TestCore } from '#core/testing/core.ts';
import { until } from '#core/testing/until.ts';

/** How one gives commands on a surface of an adapter, and what came of it. */
export type Give =
  /** As a message; gives the identity of the message. */
  | { say(text: string): Promise<string> }
  /** In a way that answers with words; null: the thread shows it. */
  | { ask(text: string, verb: string): Promise<string | null> };

/** Each verb as help shows it: where any sentence may be said, free words follow a colon. */
export function examples(surface: Surface): { verb: string; text: string }[] {
  return verbs.map(({ name, examples: [first = ''], free }) => {
    const colon = free && name !== 'schedule' && !surfaces[surface].strict;
    return { verb: name, text: colon ? first.replace(' ', ': ') : first };
  });
}

/**
 * Holds an adapter to the one table of verb × surface: what is a command there is done and never asked of the agent, what
 * is none there is asked, and where a verb does not work the answer names the way that does.
 */
export async function holdToVerbTable(core: TestCore, surface: Surface, give: Give): Promise<void> {
  for (const { verb, text } of examples(surface)) {
    const reading = readCommand(text, surface);
    if ('ask' in give) {
      const words = await give.ask(text, verb);
      if (reading.kind === 'fault') assert.equal(words, reading.message, `${surface}: ${text}`);
      else
        assert.doesNotMatch(words ?? '', /I know no command|does not work from here/, `${surface}: ${text}`);
      continue;
    }
    const eventId = await give.say(text);
    const became = await until(() => outcomeOf(core, eventId), `what came of ${text} on ${surface}`);
    const expected = reading.kind === 'prompt' ? 'turn' : 'command';
    assert.equal(became.kind, expected, `${surface}: ${text}`);
    if (reading.kind === 'fault') assert.equal(became.words, reading.message);
  }
}

async function outcomeOf({ database }: TestCore, eventId: string) {
  const { rows } = await database.pool.query<{ kind: 'turn' | 'command'; words: string }>(
    `SELECT 'turn' AS kind, '' AS words FROM turn WHERE event_id = $1
     UNION ALL SELECT 'command', text FROM notice WHERE key LIKE '%/' || $1 || '/command'`,
    [eventId],
  );
  assert.ok(rows.length < 2, `${eventId} became two things`);
  return rows[0] ?? null;
}
