import {
  escapeHtml,
  type ShownButton,
  type ShownMessage,
  type ShownPart,
  type ShownThread,
  themes,
} from '#bots/testing/thread-page.ts';
import { isObject, type JsonObject, objectAt, objectsAt, textAt } from './json.ts';
import type { SlackTwin } from './slack-twin.ts';
import type { TwinMessage } from './world.ts';

/** A thread of the twin, to be drawn. */
export function shownThread(twin: SlackTwin, place: { channel: string; ts: string }): ShownThread {
  return {
    label: 'A thread as the test twin of Slack holds it, rendered by Deckhand. Not a screenshot of Slack.',
    theme: themes.light,
    messages: twin.look.messages(place).map((message) => shown(twin, message)),
  };
}

function shown(twin: SlackTwin, message: TwinMessage): ShownMessage {
  const ours = message.user === twin.workspace.appUserId;
  const said: ShownPart = { kind: 'html', html: `<p>${mrkdwn(message.text, twin)}</p>` };
  return {
    name: twin.workspace.nameOf(message.user),
    ...{ ours, badge: 'APP' },
    parts: ours ? message.blocks.flatMap(partsOf) : [said],
    reactions: message.reactions.has('eyes') ? ['👀 1'] : [],
  };
}

function partsOf(block: JsonObject): ShownPart[] {
  const text = textAt(objectAt(block, 'text'), 'text') ?? '';
  switch (block.type) {
    case 'markdown':
      return [{ kind: 'markdown', text: textAt(block, 'text') ?? '' }];
    case 'section':
      return [{ kind: 'html', html: `<p>${mrkdwn(text)}</p>` }];
    case 'context':
      return objectsAt(block, 'elements').map((one) => ({
        kind: 'html',
        html: `<div class="quiet">${mrkdwn(textAt(one, 'text') ?? '')}</div>`,
      }));
    case 'actions':
      return [{ kind: 'buttons', buttons: objectsAt(block, 'elements').map(buttonOf) }];
    default:
      return [{ kind: 'code', text: wordsOf(block) }];
  }
}

function buttonOf(button: JsonObject): ShownButton {
  const style = textAt(button, 'style');
  return {
    label: textAt(objectAt(button, 'text'), 'text') ?? '',
    style: style === 'primary' || style === 'danger' ? style : 'plain',
  };
}

/** Slack's marks as far as our own posts use them. Its own entities are undone first: what is left is text. */
function mrkdwn(text: string, twin?: SlackTwin): string {
  const words = text
    .replace(/<!date\^\d+\^[^|]*\|([^>]*)>/g, '$1')
    .replace(/<@(U[A-Z0-9]+)>/g, (_, id: string) => `*@${twin?.workspace.nameOf(id) ?? id}*`)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
  return escapeHtml(words)
    .replace(/\*([^*\n]+)\*/g, '<b>$1</b>')
    .replace(/`([^`\n]+)`/g, '<code>$1</code>')
    .replaceAll('\n', '<br>');
}

function wordsOf(value: JsonObject): string {
  const own = textAt(value, 'text') ?? '';
  const inner = Object.values(value).flatMap((one) =>
    Array.isArray(one) ? one.filter(isObject).map(wordsOf) : [],
  );
  return [own, ...inner].join('');
}
