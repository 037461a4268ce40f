import type { presentSession } from '#bots/http/presenters.ts';
import type { LogEvent } from '#core/events/types.ts';
import type { Client } from './client.ts';
import type { Terminal } from './terminal.ts';

type Session = ReturnType<typeof presentSession>;

/** Prints the sessions, newest activity first. */
export async function showSessions(client: Client, json: boolean, terminal: Terminal): Promise<void> {
  const { sessions } = await client.get<{ sessions: Session[] }>('/v1/sessions?limit=100');
  if (json) return terminal.print(JSON.stringify(sessions));
  if (sessions.length === 0) return terminal.progress('No sessions yet. Try: deckhand ask "hello"');
  for (const { id, state, updatedAt, title, thread } of sessions) {
    terminal.print([id, state.padEnd(7), updatedAt.slice(0, 16), thread, title].join('  '));
  }
}

const pageSize = 500;

/** Prints a session's events; with `follow` it goes on with new ones until `signal` aborts. */
export async function showEvents(
  client: Client,
  session: string,
  options: { follow: boolean; json: boolean },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const path = `/v1/sessions/${encodeURIComponent(session)}`;
  const show = (event: LogEvent) => terminal.print(options.json ? JSON.stringify(event) : eventLine(event));
  if (options.follow) {
    for await (const { event, data } of client.follow(`${path}/stream`, signal))
      if (event === 'event') show(data);
    return;
  }
  for (let after = 0, full = true; full; ) {
    const { events } = await client.get<{ events: LogEvent[] }>(
      `${path}/events?after=${after}&limit=${pageSize}`,
      signal,
    );
    for (const event of events) show(event);
    after = events.at(-1)?.seq ?? after;
    full = events.length === pageSize;
  }
}

const detailChars = 160;

function eventLine({ seq, at, type, key, body }: LogEvent): string {
  const detail = JSON.stringify(body);
  const short = detail.length > detailChars ? `${detail.slice(0, detailChars)}…` : detail;
  return `${String(seq).padStart(5)}  ${at.slice(11, 23)}  ${type}${key ? `  ${key}` : ''}  ${short}`;
}

/** Stops a turn and says what that did. */
export async function stopTurn(client: Client, turn: string, terminal: Terminal): Promise<void> {
  const { state } = await client.post<{ state: string }>(`/v1/turns/${encodeURIComponent(turn)}/stop`, {});
  terminal.print(state === 'cancelled' ? 'Stopped.' : 'Asked to stop; its worker ends it now.');
}

/** Prints a new sign-in link for the page. */
export async function showSignInLink(client: Client, terminal: Terminal): Promise<void> {
  const { path } = await client.post<{ path: string }>('/v1/sign-in-links', {});
  terminal.print(`${client.url}${path}`);
  terminal.progress('Good for 15 minutes and for one sign-in.');
}
