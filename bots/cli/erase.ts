import { setTimeout as delay } from 'node:timers/promises';
import { DeckhandError } from '#core/errors.ts';
import type { ErasureFacts } from '#core/identity/erasures-port.ts';
import type { Client } from './client.ts';
import type { Terminal } from './terminal.ts';

type Erasure = Pick<ErasureFacts, 'state' | 'waitsFor' | 'events'>;

interface Person {
  id: string;
  name: string;
}

const lookMs = 1000;

const asked = (name: string, id: string) =>
  `${name} (${id}): what they asked and were answered, their files, secrets, schedules, keys and accounts are erased here, for good. ` +
  'Running turns of theirs are stopped. Numbers stay, and what stands on Slack, Discord or Matrix, or in backups.';

/** Erases a person's data, by id or name. Waits until logs and tables are clear. False: nothing was done. */
export async function erasePerson(
  client: Client,
  who: string,
  yes: boolean,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  const { id, name } = await personOf(client, who);
  terminal.progress(asked(name, id));
  if (!yes && !(await confirmed(name, terminal, signal))) return false;
  const path = `/v1/users/${encodeURIComponent(id)}/data`;
  let { erasure } = await client.send<{ erasure: Erasure }>('DELETE', path);
  let waitsFor: string | null = null;
  while (erasure.state === 'clearing' && !signal.aborted) {
    if (erasure.waitsFor !== null && erasure.waitsFor !== waitsFor) {
      waitsFor = erasure.waitsFor;
      terminal.progress(`It waits for ${waitsFor}. It goes on by itself, also without this command.`);
    }
    await delay(lookMs, undefined, { signal }).catch(() => {});
    ({ erasure } = await client.get<{ erasure: Erasure }>(path));
  }
  terminal.print(`${erasure.state}: ${erasure.events} events of ${id} lost their words.`);
  if (erasure.state === 'sweeping')
    terminal.progress('Files that nothing names any more are gone, or go within the hour.');
  return true;
}

async function personOf(client: Client, who: string): Promise<Person> {
  const { users } = await client.get<{ users: Person[] }>('/v1/users');
  const byId = users.find(({ id }) => id === who);
  if (byId) return byId;
  const named = users.filter(({ name }) => name === who);
  const [only] = named;
  if (only && named.length === 1) return only;
  // Whoever is erased already has no name any more; asking again shows how far it has come.
  if (named.length === 0 && who.startsWith('usr_')) return { id: who, name: 'This person' };
  const why =
    named.length === 0
      ? `Nobody is called ${who}. People and their ids are listed on the page, under People.`
      : `Several people are called ${who}. Say which by id: ${named.map(({ id }) => id).join(', ')}.`;
  throw new DeckhandError('user.unclear', why, { blame: 'asker' });
}

async function confirmed(name: string, terminal: Terminal, signal: AbortSignal): Promise<boolean> {
  if (!terminal.interactive) {
    terminal.progress('Nothing was erased: say --yes to erase without being asked.');
    return false;
  }
  const said = await terminal.question(`Write their name to erase it: `, signal);
  if (said?.trim() === name) return true;
  terminal.progress('Nothing was erased.');
  return false;
}
