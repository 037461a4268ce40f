import { fingerprint } from '#core/events/canonical.ts';
import type { HostGroup } from './host-asks.ts';
import type { ApprovalRequest } from './types.ts';

/** Requests that one card lists at most: more is no question that a person can answer. */
export const maxListed = 40;
const maxLine = 300;

/** The card of a group of requests; `lines` in the order in which they came. */
export function hostRequest(group: HostGroup, lines: readonly string[], why: string | null): ApprovalRequest {
  const { method, host, port, secret } = group;
  const using = secret ? ` with the secret ${secret.whose ?? 'workspace'}/${secret.name}` : '';
  return {
    kind: 'host',
    title: `send ${method} to ${host}:${port}${using}`,
    subject: subjectOf(lines),
    why,
    reaches: { method, host, port },
  };
}

/** The same request asked for twice stands there once, counted. */
export function subjectOf(lines: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].map(([line, count]) => (count > 1 ? `${line}  (${count}×)` : line)).join('\n');
}

/**
 * A request as people see it. What is in its path and query was chosen by whoever asks: only printable ASCII is shown
 * as it stands (a canonical target holds nothing else), and what is too long is cut in the middle.
 */
export function requestLine(method: string, url: string, bodyBytes: string | null): string {
  const shown = url.replace(/[^\x21-\x7e]/g, '?');
  const half = Math.floor(maxLine / 2);
  const cut = shown.length <= maxLine ? shown : `${shown.slice(0, half)} […] ${shown.slice(-half)}`;
  return `${method} ${cut}${bodyBytes === null ? '' : `  (body ${bodyBytes})`}`;
}

/** What "in this thread" binds to; the author and the session are the approval's own. */
export function groupFingerprint({ host, port, method, secret }: HostGroup): string {
  return fingerprint({ kind: 'host', host, port, method, secret: secret?.secretId ?? null });
}

/** The rule that "Always…" proposes (JSON): one method, one host, one port. Undefined where the card names none. */
export function ruleFor({ reaches }: ApprovalRequest): string | undefined {
  if (!reaches) return undefined;
  const { method, host, port } = reaches;
  return JSON.stringify({ effect: 'allow', host, ports: port, methods: method });
}
