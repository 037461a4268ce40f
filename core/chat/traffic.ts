import type { EventBodies } from '#core/events/types.ts';
import type { Receipt } from './document.ts';

/** Adds what a seal of egress's log sums up. A turn that waited for people has several. */
export function addTraffic(receipt: Receipt, sealed: EventBodies['egress.sealed']): void {
  for (const { host, requests, bytes } of sealed.hosts) {
    const sum = receipt.hosts.find((known) => known.host === host);
    if (sum) {
      sum.requests += requests;
      sum.bytes += bytes;
    } else receipt.hosts.push({ host, requests, bytes });
  }
  for (const { name, uses } of sealed.secrets) {
    const sum = receipt.secrets.find((known) => known.name === name);
    if (sum) sum.uses += uses;
    else receipt.secrets.push({ name, uses });
  }
  receipt.refused += sealed.refused;
}

/** What was tried, once each: a flood of attempts must not drown the rest of the receipt. */
export function addAlarm(receipt: Receipt, { host, secret }: EventBodies['egress.alarm']): void {
  const what = secret === null ? 'something that stands for a secret' : `what stands for ${secret}`;
  const sentence = `${what} was sent to ${host} and stopped`;
  if (!receipt.alarms.includes(sentence)) receipt.alarms.push(sentence);
}
