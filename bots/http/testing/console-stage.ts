import type { ConsoleMessage } from '#bots/console/types.ts';
import type { FileRef } from '#core/events/types.ts';
import type { UserFacts } from '#core/identity/ports.ts';
import { newId } from '#core/ids.ts';
import type { ChatPerson, ChatStage, Place, SeenPost } from '#core/testing/chat-contract/stage.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { call, openStage } from './stage.ts';

/** The console for the contract of chat adapters: people write through its door and press through the API. */
export async function openConsoleStage(t: Releases): Promise<ChatStage> {
  const { core, inbound, url, deps, addPerson, goAway } = await openStage(t);
  const people = new Map<string, Promise<{ user: UserFacts; key: string }>>();

  async function write(user: UserFacts, thread: string, text: string, files: FileRef[] = []): Promise<Place> {
    const author = { userId: user.userId, name: user.name };
    const said = await inbound.say({ threadId: thread, author, text, files, key: crypto.randomUUID() });
    return { thread, message: said.messageId };
  }

  async function press(key: string, place: Place, post: SeenPost, label: string): Promise<string | null> {
    const found = (await deps.threads.list(place.thread, 1000)).find(
      ({ messageId }) => messageId === post.id,
    );
    const { path, body } = requestOf(found, label);
    const answer = await call(url, 'POST', path, body, { authorization: `Bearer ${key}` });
    return answer.status === 200 ? null : answer.body.detail;
  }

  return {
    core,
    commandSign: '/',
    person: async (name) => {
      const known = people.get(name) ?? addPerson(name, 'member');
      people.set(name, known);
      const { user, key } = await known;
      return {
        mention: (text) => write(user, newId('thr'), text),
        attach: async (text, { name: fileName, content }) => {
          const { hash: blob, size } = await core.blobs.put(Buffer.from(content), 1000);
          const given = { name: fileName, mediaType: 'text/csv', size, blob };
          const file = await core.files.add(given, 'in', user.userId, null);
          return write(user, newId('thr'), text, [file]);
        },
        mentionIn: ({ thread }, text) => write(user, thread, text),
        reply: ({ thread }, text) => write(user, thread, text),
        press: (place, post, label) => press(key, place, post, label),
      } satisfies ChatPerson;
    },
    posts: async ({ thread }) => (await deps.threads.list(thread, 1000)).flatMap(seen),
    goAway,
    edits: null,
    talk: null,
    faults: null,
  };
}

/** What the page draws of a message; a refusal stands on the message that was refused. */
function seen({ messageId, content }: ConsoleMessage): SeenPost[] {
  if (content.type === 'said') {
    const { outcome } = content;
    return outcome?.kind === 'refused'
      ? [{ id: messageId, text: outcome.message, buttons: [], files: [] }]
      : [];
  }
  const lines: string[] = [];
  const buttons: string[] = [];
  const files: string[] = [];
  for (const block of content.blocks) {
    if (block.type === 'markdown' || block.type === 'line') lines.push(block.text);
    if (block.type === 'receipt') lines.push(block.line);
    if (block.type === 'files') files.push(...block.files.map(({ name }) => name));
    if (block.type === 'checklist') {
      lines.push(block.headline, ...block.rows.map(({ text }) => text));
      if (block.stop) buttons.push('Stop');
    }
    if (block.type === 'approval') {
      lines.push(block.question, block.subject, block.outcome?.text ?? '');
      if (block.state === 'open') buttons.push('Allow once', 'Allow in this thread', 'Deny');
    }
  }
  return [{ id: messageId, text: lines.join('\n'), buttons, files }];
}

function requestOf(message: ConsoleMessage | undefined, label: string): { path: string; body: object } {
  const content = message?.content;
  if (content?.type !== 'post') throw new Error('there is nothing to press');
  if (label === 'Stop') return { path: `/v1/turns/${content.turnId}/stop`, body: {} };
  const [card] = content.blocks;
  if (card?.type !== 'approval') throw new Error(`there is no button ${label}`);
  const scope = label === 'Allow in this thread' ? 'thread' : 'once';
  const body = { grant: label !== 'Deny', scope, revision: card.revision };
  return { path: `/v1/approvals/${card.approvalId}/decide`, body };
}
