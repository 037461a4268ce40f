import { type ShownMessage, type ShownPart, type ShownThread, themes } from '#bots/testing/thread-page.ts';
import type { MatrixEvent } from '../types.ts';

type Relation = { rel_type?: string; event_id?: string; key?: string } | undefined;

/** A thread of a room as the homeserver holds its events, to be drawn. `nameOf` gives the name of an account. */
export function shownThread(
  events: MatrixEvent[],
  root: string,
  bot: string,
  nameOf: (userId: string) => string,
): ShownThread {
  const relationOf = ({ content }: MatrixEvent) => content['m.relates_to'] as Relation;
  const inThread = events.filter(
    (event) =>
      event.type === 'm.room.message' &&
      (event.event_id === root ||
        (relationOf(event)?.rel_type === 'm.thread' && relationOf(event)?.event_id === root)),
  );
  return {
    label:
      'A thread from the events of a room on a real Synapse, rendered by Deckhand. Not a screenshot of a client.',
    theme: themes.light,
    messages: inThread.map((event): ShownMessage => {
      const ours = event.sender === bot;
      const about = (kind: string) =>
        events.filter(
          (one) => relationOf(one)?.rel_type === kind && relationOf(one)?.event_id === event.event_id,
        );
      const edit = about('m.replace').findLast(({ sender }) => sender === event.sender);
      const content = (edit?.content['m.new_content'] ?? event.content) as Record<string, unknown>;
      return {
        ...{ name: nameOf(event.sender), ours, badge: 'BOT' },
        parts: [partOf(content, ours)],
        reactions: counted(about('m.annotation').map((one) => relationOf(one)?.key ?? '')),
      };
    }),
  };
}

/** What we have sent is HTML of our own making; what people send is shown by its words. */
function partOf(content: Record<string, unknown>, ours: boolean): ShownPart {
  const html = content.formatted_body;
  if (ours && typeof html === 'string') return { kind: 'html', html };
  return { kind: 'markdown', text: String(content.body) };
}

function counted(keys: string[]): string[] {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].map(([key, count]) => `${key} ${count}`);
}
