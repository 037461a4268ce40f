import { randomUUID } from 'node:crypto';
import type { MatrixEvent } from '#bots/matrix/types.ts';

export interface Account {
  url: string;
  userId: string;
  username: string;
  name: string;
  password: string;
  token: string;
  deviceId: string;
}

/** One call of the client-server API, with nothing of the adapter in it. @throws with status and body */
export async function call<T>(
  url: string,
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
): Promise<T> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body instanceof Uint8Array ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok)
    throw Object.assign(new Error(`${method} ${path}: ${JSON.stringify(answer)}`), { answer });
  return answer as T;
}

export interface Saying {
  mentions?: string[];
  /** The thread's root. */
  thread?: string;
  replyTo?: string;
}

/** Somebody in Element, as far as the homeserver can tell. */
export class Person {
  readonly account: Account;

  constructor(account: Account) {
    this.account = account;
  }

  get userId(): string {
    return this.account.userId;
  }

  call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return call<T>(this.account.url, method, `/_matrix/client/v3${path}`, {
      token: this.account.token,
      body,
    });
  }

  async createRoom(settings: Record<string, unknown> = {}): Promise<string> {
    const body = { preset: 'private_chat', ...settings };
    return (await this.call<{ room_id: string }>('POST', '/createRoom', body)).room_id;
  }

  async invite(roomId: string, userId: string): Promise<void> {
    await this.call('POST', `/rooms/${encodeURIComponent(roomId)}/invite`, { user_id: userId });
  }

  async join(roomId: string): Promise<void> {
    await this.call('POST', `/join/${encodeURIComponent(roomId)}`, {});
  }

  async send(roomId: string, type: string, content: unknown): Promise<string> {
    const path = `/rooms/${encodeURIComponent(roomId)}/send/${type}/${randomUUID()}`;
    return (await this.call<{ event_id: string }>('PUT', path, content)).event_id;
  }

  async setState(roomId: string, type: string, content: unknown): Promise<void> {
    await this.call('PUT', `/rooms/${encodeURIComponent(roomId)}/state/${type}/`, content);
  }

  /** Says something, mentioning people as clients do. */
  say(roomId: string, text: string, { mentions = [], thread, replyTo }: Saying = {}): Promise<string> {
    const pills = mentions.map((id) => `<a href="https://matrix.to/#/${id}">${id.slice(1)}</a>`);
    const relation = {
      ...(thread ? { rel_type: 'm.thread', event_id: thread, is_falling_back: !replyTo } : {}),
      ...(replyTo || thread ? { 'm.in_reply_to': { event_id: replyTo ?? thread } } : {}),
    };
    return this.send(roomId, 'm.room.message', {
      msgtype: 'm.text',
      body: [...mentions, text].join(': '),
      ...(mentions.length > 0
        ? { format: 'org.matrix.custom.html', formatted_body: [...pills, text].join(': ') }
        : {}),
      'm.mentions': mentions.length > 0 ? { user_ids: mentions } : {},
      ...(Object.keys(relation).length > 0 ? { 'm.relates_to': relation } : {}),
    });
  }

  edit(roomId: string, eventId: string, text: string, mentions: string[] = []): Promise<string> {
    const body = [...mentions, text].join(': ');
    const intended = mentions.length > 0 ? { user_ids: mentions } : {};
    return this.send(roomId, 'm.room.message', {
      msgtype: 'm.text',
      body: `* ${body}`,
      'm.mentions': intended,
      'm.new_content': { msgtype: 'm.text', body, 'm.mentions': intended },
      'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
    });
  }

  react(roomId: string, eventId: string, key: string): Promise<string> {
    return this.send(roomId, 'm.reaction', {
      'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key },
    });
  }

  async redact(roomId: string, eventId: string): Promise<void> {
    const path = `/rooms/${encodeURIComponent(roomId)}/redact/${encodeURIComponent(eventId)}/${randomUUID()}`;
    await this.call('PUT', path, {});
  }

  async upload(name: string, content: Uint8Array): Promise<string> {
    const path = `/_matrix/media/v3/upload?filename=${encodeURIComponent(name)}`;
    const { url, token } = this.account;
    return (await call<{ content_uri: string }>(url, 'POST', path, { token, body: content })).content_uri;
  }

  /** Everything that was ever sent in a room, oldest first, as the homeserver keeps it. */
  async timeline(roomId: string): Promise<MatrixEvent[]> {
    const events: MatrixEvent[] = [];
    let from = '';
    do {
      const path = `/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=500${from}`;
      const page = await this.call<{ chunk: MatrixEvent[]; end?: string }>('GET', path);
      events.push(...page.chunk);
      from = page.end ? `&from=${encodeURIComponent(page.end)}` : '';
    } while (from);
    return events.reverse();
  }

  /** Names of a room's members, by their accounts. */
  async namesIn(roomId: string): Promise<(userId: string) => string> {
    const path = `/rooms/${encodeURIComponent(roomId)}/joined_members`;
    const { joined } = await this.call<{ joined: Record<string, { display_name?: string }> }>('GET', path);
    return (userId) => joined[userId]?.display_name ?? userId;
  }

  /** Messages of one person in a room, without edits. */
  async saidBy(roomId: string, userId: string): Promise<MatrixEvent[]> {
    return (await this.timeline(roomId)).filter(
      ({ type, sender, content }) =>
        type === 'm.room.message' &&
        sender === userId &&
        (content['m.relates_to'] as { rel_type?: string } | undefined)?.rel_type !== 'm.replace',
    );
  }
}
