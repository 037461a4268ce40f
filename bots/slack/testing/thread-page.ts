import MarkdownIt from 'markdown-it';
import { isObject, type JsonObject, objectAt, objectsAt, textAt } from './json.ts';
import type { SlackTwin } from './slack-twin.ts';
import type { TwinMessage } from './world.ts';

const markdown = new MarkdownIt({ html: false, linkify: false });

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const style = `
  body { margin: 0; padding: 24px; background: #fff; width: 720px; font: 15px/1.46 Lato, "Noto Sans", "DejaVu Sans", sans-serif; color: #1d1c1d; }
  .label { color: #616061; font-size: 12px; border-bottom: 1px solid #ddd; padding-bottom: 8px; margin-bottom: 12px; }
  .message { display: grid; grid-template-columns: 36px 1fr; gap: 10px; padding: 7px 0; }
  .face { width: 36px; height: 36px; border-radius: 6px; color: #fff; display: grid; place-items: center; font-weight: 700; }
  .name { font-weight: 900; margin-right: 6px; } .app { background: #eee; color: #616061; font-size: 10px; padding: 1px 4px; border-radius: 2px; font-weight: 700; }
  .text p { margin: 2px 0; } .context { color: #616061; font-size: 13px; margin: 4px 0; }
  pre { background: #f8f8f8; border: 1px solid #ddd; border-radius: 4px; padding: 8px; margin: 4px 0; white-space: pre-wrap; font-size: 12px; }
  code { font-size: 12px; } .buttons { display: flex; gap: 8px; margin: 6px 0; }
  .button { border: 1px solid #bbb; border-radius: 4px; padding: 3px 12px; font-weight: 700; font-size: 13px; }
  .primary { background: #007a5a; color: #fff; border-color: #007a5a; } .danger { background: #e01e5a; color: #fff; border-color: #e01e5a; }
  .reaction { border: 1px solid #1264a3; background: #e8f5fa; border-radius: 12px; padding: 1px 8px; font-size: 12px; }`;

/**
 * A thread of the twin as a page. It is a rendering of what our tests see, drawn by ourselves and labelled so: not a
 * picture of Slack.
 */
export function threadPage(twin: SlackTwin, place: { channel: string; ts: string }): string {
  const messages = twin.look.messages(place).map((message) => messageHtml(twin, message));
  const label =
    'A thread as the test twin of Slack holds it, rendered by Deckhand. Not a screenshot of Slack.';
  return `<!doctype html><meta charset="utf-8"><title>${label}</title><style>${style}</style>
<div class="label">${label}</div>${messages.join('\n')}`;
}

function messageHtml(twin: SlackTwin, message: TwinMessage): string {
  const ours = message.user === twin.workspace.appUserId;
  const name = twin.workspace.nameOf(message.user);
  const body = ours ? message.blocks.map(blockHtml).join('') : `<p>${mrkdwn(message.text, twin)}</p>`;
  const eyes = message.reactions.has('eyes') ? '<span class="reaction">👀 1</span>' : '';
  const color = ours ? '#0b3d5c' : '#b5651d';
  const app = ours ? '<span class="app">APP</span>' : '';
  const face = ours ? '⚓' : name.slice(0, 1).toUpperCase();
  return `<div class="message"><div class="face" style="background:${color}">${face}</div>
<div class="text"><span class="name">${escapeHtml(name)}</span>${app}${body}${eyes}</div></div>`;
}

function blockHtml(block: JsonObject): string {
  const text = textAt(objectAt(block, 'text'), 'text') ?? '';
  switch (block.type) {
    case 'markdown':
      return markdown.render(textAt(block, 'text') ?? '');
    case 'section':
      return `<p>${mrkdwn(text)}</p>`;
    case 'context':
      return objectsAt(block, 'elements')
        .map((one) => `<div class="context">${mrkdwn(textAt(one, 'text') ?? '')}</div>`)
        .join('');
    case 'rich_text':
      return `<pre>${escapeHtml(wordsOf(block))}</pre>`;
    case 'actions':
      return `<div class="buttons">${objectsAt(block, 'elements').map(buttonHtml).join('')}</div>`;
    default:
      return `<p>${escapeHtml(wordsOf(block))}</p>`;
  }
}

function buttonHtml(button: JsonObject): string {
  const label = textAt(objectAt(button, 'text'), 'text') ?? '';
  return `<span class="button ${textAt(button, 'style') ?? ''}">${escapeHtml(label)}</span>`;
}

/** Slack's marks as far as our own posts use them; entities stay as they are, they are HTML's too. */
function mrkdwn(text: string, twin?: SlackTwin): string {
  return text
    .replace(/<!date\^\d+\^[^|]*\|([^>]*)>/g, '$1')
    .replace(/<@(U[A-Z0-9]+)>/g, (_, id: string) => `<b>@${twin?.workspace.nameOf(id) ?? id}</b>`)
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
