import { type ShownMessage, type ShownPart, type ShownThread, themes } from '#bots/testing/thread-page.ts';
import type { DiscordTwin } from './discord-twin.ts';
import { findMessage, type Json, type TwinMessage } from './world.ts';

/** A thread of the twin with the message that it hangs on, to be drawn. */
export function shownThread(twin: DiscordTwin, thread: string): ShownThread {
  const root = findMessage(twin.world, thread);
  const inside = [...(twin.world.channels.get(thread)?.messages.values() ?? [])];
  return {
    label:
      'A thread as the test twin of Discord holds it, rendered by Deckhand. Not a screenshot of Discord.',
    theme: themes.dark,
    // A thread begins with a pointer to its root, which has no words of its own.
    messages: [...(root ? [root] : []), ...inside]
      .map((message) => shown(twin, message))
      .filter(({ parts }) => parts.length > 0),
  };
}

function shown(twin: DiscordTwin, { authorId, content, components, reactions }: TwinMessage): ShownMessage {
  const nameOf = (id: string): string => twin.world.users.get(id)?.globalName ?? id;
  const named = (text: string): string => text.replace(/<@!?(\d+)>/g, (_, id) => `**@${nameOf(id)}**`);
  return {
    name: nameOf(authorId),
    ...{ ours: authorId === twin.botId, badge: 'APP' },
    parts: [...textParts(named(content)), ...components.flatMap((one) => partsOf(one, named))],
    reactions: [...reactions].map((name) => `${name} 1`),
  };
}

/** Types of components (components/reference). */
const kinds = { row: 1, text: 10, container: 17 };
/** Styles of buttons (components/reference#button-button-styles). */
const styles: Record<number, 'primary' | 'danger'> = { 1: 'primary', 4: 'danger' };

function partsOf(component: Json, named: (text: string) => string): ShownPart[] {
  const children = (component.components ?? []) as Json[];
  if (component.type === kinds.text) return textParts(named(String(component.content)));
  if (component.type === kinds.container)
    return [{ kind: 'frame', parts: children.flatMap((one) => partsOf(one, named)) }];
  if (component.type !== kinds.row) return [];
  const buttons = children.map(({ label, style }) => ({
    label: String(label),
    style: styles[Number(style)] ?? ('plain' as const),
  }));
  return [{ kind: 'buttons', buttons }];
}

/** Lines that begin with `-#` are small; moments are in UTC for want of a reader. */
function textParts(content: string): ShownPart[] {
  const words = content.replace(/<t:(\d+):f>/g, (_, seconds) => {
    const iso = new Date(Number(seconds) * 1000).toISOString();
    return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
  });
  const quiet = words.split('\n').filter((line) => line.startsWith('-# '));
  const rest = words
    .split('\n')
    .filter((line) => !line.startsWith('-# '))
    .join('\n');
  return [
    ...(rest.trim() ? [{ kind: 'markdown' as const, text: rest }] : []),
    ...quiet.map((line) => ({ kind: 'quiet' as const, text: line.slice(3) })),
  ];
}
