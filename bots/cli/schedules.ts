import type { presentFiring, presentSchedule } from '#bots/http/presenters.ts';
import type { CommandReply } from '#core/commands/reply.ts';
import type { Client } from './client.ts';
import type { Terminal } from './terminal.ts';

type Schedule = ReturnType<typeof presentSchedule>;
type Firing = ReturnType<typeof presentFiring>;

export interface AddOptions {
  zone?: string;
  overlap?: string;
  missed?: string;
  thread?: string;
  yes?: boolean;
  json?: boolean;
  /** The schedule that is changed. */
  changes?: string;
}

/** Prints the schedules, soonest first. */
export async function list(
  client: Client,
  { all, json }: { all?: boolean; json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { schedules } = await client.get<{ schedules: Schedule[] }>(`/v1/schedules${all ? '?all=true' : ''}`);
  if (json) return terminal.print(JSON.stringify(schedules));
  if (schedules.length === 0) {
    return terminal.progress(
      'No schedules yet. Try: deckhand schedules add every weekday at 9:00 check the backups',
    );
  }
  for (const one of schedules) terminal.print(lineOf(one));
}

/** Shows what was understood and saves it after a yes. False when it was not saved. */
export async function add(
  client: Client,
  words: string,
  { yes = false, json = false, changes, thread, ...rest }: AddOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  const body = { words, ...rest, ...(thread ? { thread, runMode: 'same_thread' } : {}) };
  const draft = changes
    ? await client.send<Schedule>('PUT', `/v1/schedules/${encodeURIComponent(changes)}`, body)
    : await client.post<Schedule>('/v1/schedules', body);
  terminal.progress(`I understood: ${draft.words} (${draft.zone})`);
  terminal.progress(`> ${draft.text}`);
  terminal.progress(`Next: ${draft.next.join(' · ')}`);
  if (!yes && !(await agreed(terminal, signal))) {
    await client.send('DELETE', `/v1/schedules/${draft.id}`);
    terminal.progress(
      terminal.interactive ? 'Not saved.' : 'Not saved: say --yes to save without being asked.',
    );
    return false;
  }
  const saved = await client.post<Schedule>(`/v1/schedules/${draft.id}/save`, {});
  terminal.print(json ? JSON.stringify(saved) : lineOf(saved));
  return true;
}

async function agreed(terminal: Terminal, signal: AbortSignal): Promise<boolean> {
  if (!terminal.interactive) return false;
  const answer = await terminal.question('Save it? [y]es, [N]o: ', signal);
  return answer?.trim().toLowerCase().startsWith('y') ?? false;
}

export async function act(client: Client, id: string, what: string, terminal: Terminal): Promise<void> {
  terminal.print(lineOf(await client.post<Schedule>(`/v1/schedules/${encodeURIComponent(id)}/${what}`, {})));
}

export async function remove(client: Client, id: string, terminal: Terminal): Promise<void> {
  await client.send('DELETE', `/v1/schedules/${encodeURIComponent(id)}`);
  terminal.print('Deleted.');
}

export async function history(client: Client, id: string, json: boolean, terminal: Terminal): Promise<void> {
  const path = `/v1/schedules/${encodeURIComponent(id)}/history`;
  const { firings } = await client.get<{ firings: Firing[] }>(path);
  if (json) return terminal.print(JSON.stringify(firings));
  if (firings.length === 0) terminal.progress('It has not run yet.');
  for (const { dueAt, state, turnId, note } of firings) {
    terminal.print([dueAt, state.padEnd(9), turnId ?? '', note ?? ''].join('  ').trimEnd());
  }
}

/** Does a command in the words of chat. False when nothing was done. */
export async function command(
  client: Client,
  text: string,
  thread: string | undefined,
  terminal: Terminal,
): Promise<boolean> {
  const reply = await client.post<CommandReply>('/v1/commands', { text, ...(thread ? { thread } : {}) });
  terminal.print(reply.text);
  for (const { scheduleId, lines, buttons } of reply.cards) {
    terminal.print(
      [
        ...lines,
        ...buttons.map(
          (button) =>
            `  deckhand do schedules ${button} ${scheduleId}${button === 'edit' ? ' WHEN WHAT' : ''}`,
        ),
      ].join('\n'),
    );
  }
  return reply.ok;
}

function lineOf({ id, state, words, zone, text, next, last, pausedBecause }: Schedule): string {
  const results = last.map((firing) => firing.state).join(' ');
  return [
    id,
    state.padEnd(6),
    `${words} (${zone})`,
    text.split('\n')[0],
    next[0] ?? pausedBecause ?? '',
    results,
  ]
    .join('  ')
    .trimEnd();
}
