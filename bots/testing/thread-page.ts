import MarkdownIt from 'markdown-it';

/** A thread as people would see it, without anything of its platform's own form. */
export interface ShownThread {
  /** Says what this is a rendering of. */
  label: string;
  theme: Theme;
  messages: ShownMessage[];
}

export interface ShownMessage {
  name: string;
  ours: boolean;
  /** What marks us beside the name, e.g. `APP`. */
  badge: string;
  parts: ShownPart[];
  reactions: string[];
}

export type ShownPart =
  | { kind: 'markdown'; text: string }
  /** HTML that we have made ourselves. */
  | { kind: 'html'; html: string }
  | { kind: 'quiet'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'buttons'; buttons: ShownButton[] }
  | { kind: 'frame'; parts: ShownPart[] };

export interface ShownButton {
  label: string;
  style: 'plain' | 'primary' | 'danger';
}

export interface Theme {
  background: string;
  ink: string;
  quiet: string;
  line: string;
  primary: string;
}

export const themes = {
  light: { background: '#fff', ink: '#1d1c1d', quiet: '#616061', line: '#ddd', primary: '#007a5a' },
  dark: { background: '#313338', ink: '#dbdee1', quiet: '#a3a6aa', line: '#4e5058', primary: '#5865f2' },
} as const satisfies Record<string, Theme>;

const markdown = new MarkdownIt({ html: false, linkify: false, breaks: true });

export const escapeHtml = (text: string): string => markdown.utils.escapeHtml(text);

/**
 * A thread as a page. It is a rendering of what our tests see, drawn by ourselves and labelled so: not a picture of any
 * platform's client.
 */
export function threadPage({ label, theme, messages }: ShownThread): string {
  return `<!doctype html><meta charset="utf-8"><title>${escapeHtml(label)}</title><style>${styleOf(theme)}</style>
<div class="label">${escapeHtml(label)}</div>${messages.map(messageHtml).join('\n')}`;
}

function messageHtml({ name, ours, badge, parts, reactions }: ShownMessage): string {
  const face = ours ? '⚓' : escapeHtml(name.slice(0, 1).toUpperCase());
  const mark = ours && badge ? `<span class="badge">${escapeHtml(badge)}</span>` : '';
  const pressed = reactions.map((one) => `<span class="reaction">${escapeHtml(one)}</span>`).join(' ');
  return `<div class="message"><div class="face ${ours ? 'ours' : ''}">${face}</div>
<div class="text"><span class="name">${escapeHtml(name)}</span>${mark}${parts.map(partHtml).join('')}${pressed}</div></div>`;
}

function partHtml(part: ShownPart): string {
  switch (part.kind) {
    case 'markdown':
      return markdown.render(part.text);
    case 'html':
      return `<div>${part.html}</div>`;
    case 'quiet':
      return `<div class="quiet">${markdown.renderInline(part.text)}</div>`;
    case 'code':
      return `<pre>${escapeHtml(part.text)}</pre>`;
    case 'buttons':
      return `<div class="buttons">${part.buttons
        .map(({ label, style }) => `<span class="button ${style}">${escapeHtml(label)}</span>`)
        .join('')}</div>`;
    case 'frame':
      return `<div class="frame">${part.parts.map(partHtml).join('')}</div>`;
  }
}

const styleOf = ({ background, ink, quiet, line, primary }: Theme): string => `
  body { margin: 0; padding: 24px; width: 720px; background: ${background}; color: ${ink}; font: 15px/1.46 "Noto Sans", "DejaVu Sans", sans-serif; }
  .label { color: ${quiet}; font-size: 12px; border-bottom: 1px solid ${line}; padding-bottom: 8px; margin-bottom: 12px; }
  .message { display: grid; grid-template-columns: 36px 1fr; gap: 10px; padding: 7px 0; }
  .face { width: 36px; height: 36px; border-radius: 6px; color: #fff; background: #b5651d; display: grid; place-items: center; font-weight: 700; }
  .face.ours { background: #0b3d5c; } .name { font-weight: 900; margin-right: 6px; }
  .badge { background: ${line}; color: ${ink}; font-size: 10px; padding: 1px 4px; border-radius: 2px; font-weight: 700; }
  .text p { margin: 2px 0; } .quiet, sub { color: ${quiet}; font-size: 13px; margin: 4px 0; vertical-align: baseline; }
  pre { border: 1px solid ${line}; border-radius: 4px; padding: 8px; margin: 4px 0; white-space: pre-wrap; font-size: 12px; }
  code { font-size: 12px; } a { color: inherit; }
  .frame { border: 1px solid ${line}; border-left: 4px solid #0b3d5c; border-radius: 6px; padding: 8px 12px; margin: 4px 0; }
  .buttons { display: flex; gap: 8px; margin: 6px 0; }
  .button { border: 1px solid ${line}; border-radius: 4px; padding: 3px 12px; font-weight: 700; font-size: 13px; }
  .primary { background: ${primary}; color: #fff; border-color: ${primary}; } .danger { background: #da373c; color: #fff; border-color: #da373c; }
  .reaction { border: 1px solid ${quiet}; border-radius: 12px; padding: 1px 8px; font-size: 12px; }`;
