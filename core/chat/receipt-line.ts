import type { Receipt } from './document.ts';
import { countOf, formatBytes, formatDuration } from './duration.ts';

/**
 * The line under every answer that says what left the room:
 * `⚓ 1 command · nothing left the network · no secrets · 5 s`.
 */
export function receiptLine(receipt: Receipt): string {
  return `⚓ ${[
    ...work(receipt),
    network(receipt),
    secrets(receipt),
    ...(receipt.refused > 0 ? [`${countOf(receipt.refused, 'request')} refused at the door`] : []),
    ...receipt.alarms.slice(0, 1).map((alarm) => `⚠ ${alarm}`),
    ...receipt.approvals.map(approvalWords),
    ...(receipt.ms === null ? [] : [formatDuration(receipt.ms)]),
    ...tokens(receipt),
  ].join(' · ')}`;
}

function work({ commands, files, tools }: Receipt): string[] {
  const parts = [
    commands > 0 ? countOf(commands, 'command') : null,
    files > 0 ? countOf(files, 'file') : null,
    tools > 0 ? countOf(tools, 'tool call') : null,
  ].filter((part) => part !== null);
  return parts.length > 0 ? parts : ['no commands'];
}

function network({ hosts }: Receipt): string {
  const [first, second, ...rest] = hosts;
  if (!first) return 'nothing left the network';
  const named = [first, ...(second ? [second] : [])].map((it) => `${it.host} ${formatBytes(it.bytes)}`);
  return `${named.join(', ')}${rest.length > 0 ? ` and ${countOf(rest.length, 'more host')}` : ''}`;
}

function secrets({ secrets }: Receipt): string {
  if (secrets.length === 0) return 'no secrets';
  return secrets.map(({ name, uses }) => `${name} ${uses}×`).join(', ');
}

function approvalWords({ by, granted, denied }: Receipt['approvals'][number]): string {
  const words = [
    granted > 0 ? `allowed ${times(granted)}` : null,
    denied > 0 ? `denied ${times(denied)}` : null,
  ];
  return `${words.filter((word) => word !== null).join(' and ')} by ${by}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function tokens({ usage }: Receipt): string[] {
  const total = usage.inputTokens + usage.outputTokens;
  return total > 0 ? [`${total.toLocaleString('en-US')} tokens`] : [];
}
