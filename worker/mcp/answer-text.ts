import type { Answer } from './connection.ts';

/** What a model is shown of an answer, in characters. */
export const maxAnswerChars = 48 * 1024;

/** An answer as text: what is no text is named, and what is too long is cut in the middle. Pure. */
export function answerText({ content, structured }: Pick<Answer, 'content' | 'structured'>): string {
  const parts = content.map(partText);
  // Servers repeat what they structure as text; where they do not, it is all there is.
  if (parts.length === 0 && structured !== undefined) parts.push(JSON.stringify(structured, null, 2));
  return cut(parts.join('\n')) || '(no content)';
}

function partText(part: unknown): string {
  if (!isRecord(part)) return '[something that is no content]';
  const { type, text, mimeType, data, uri, name, resource } = part;
  if (type === 'text') return String(text ?? '');
  if (type === 'image' || type === 'audio')
    return `[${type}, ${word(mimeType)}, ${Math.floor((String(data ?? '').length * 3) / 4)} bytes, not shown]`;
  if (type === 'resource_link') return `[link to ${word(name)}: ${word(uri)}]`;
  if (type === 'resource' && isRecord(resource)) {
    const head = `[resource ${word(resource.uri)}]`;
    return typeof resource.text === 'string' ? `${head}\n${resource.text}` : `${head} (not text, not shown)`;
  }
  return `[content of the unknown type ${word(type)}]`;
}

function word(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 300) : 'without a name';
}

function cut(text: string): string {
  if (text.length <= maxAnswerChars) return text.toWellFormed();
  const half = Math.floor(maxAnswerChars / 2);
  const left = text.length - 2 * half;
  return `${text.slice(0, half)}\n[… ${left} characters left out …]\n${text.slice(-half)}`.toWellFormed();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
