import {
  type APIButtonComponentWithCustomId,
  type APIComponentInContainer,
  type APIMessageTopLevelComponent,
  type APITextDisplayComponent,
  ComponentType,
} from 'discord.js';

export function text(content: string): APITextDisplayComponent {
  return { type: ComponentType.TextDisplay, content };
}

export function row(buttons: APIButtonComponentWithCustomId[]) {
  return { type: ComponentType.ActionRow as const, components: buttons };
}

export function container(components: APIComponentInContainer[]): APIMessageTopLevelComponent {
  return { type: ComponentType.Container, components };
}

/** Text of others inside our own marks: it formats nothing. What it mentions pings nobody: no post allows mentions. */
export function safe(words: string): string {
  return words.replace(/([\\`*_~|>#[\]()<-])/g, '\\$1');
}

/** The exact thing, unformatted, up to so many characters. A fence inside of it cannot end the block. */
export function code(words: string, most = Number.POSITIVE_INFINITY): string {
  return `\`\`\`\n${cut(words.replaceAll('```', '`\u200b``'), most)}\n\`\`\``;
}

/** Cut with an ellipsis, never inside a character. */
export function cut(words: string, most: number): string {
  return words.length > most ? `${words.slice(0, most - 1).toWellFormed()}…` : words;
}

/** A moment in the reader's own time zone (docs.discord.com/developers/reference#message-formatting). */
export function localTime(iso: string): string {
  return `<t:${Math.floor(Date.parse(iso) / 1000)}:f>`;
}
