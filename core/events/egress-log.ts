import { canonical, sha256 } from './canonical.ts';
import type { EgressEntry, EgressRow, EgressSummary } from './egress-entry.ts';

/** The head of an egress log without entries. */
export function egressGenesis(sessionId: string): string {
  return sha256(`deckhand:egress:${sessionId}`);
}

export function egressHash(row: Omit<EgressRow, 'hash'>): string {
  const { sessionId, n, turnId, body, prevHash } = row;
  return sha256(canonical({ v: 1, session: sessionId, n, turn: turnId, prev: prevHash, body }));
}

/** The next rows of a chain. */
export function chainEntries(
  sessionId: string,
  head: { n: number; hash: string },
  entries: readonly { turnId: string | null; entry: EgressEntry }[],
): EgressRow[] {
  let { n, hash: prevHash } = head;
  return entries.map(({ turnId, entry }) => {
    n += 1;
    const row = { sessionId, n, turnId, body: canonical(entry), prevHash };
    prevHash = egressHash(row);
    return { ...row, hash: prevHash };
  });
}

export function summarise(entries: readonly EgressEntry[]): EgressSummary {
  const hosts = new Map<string, EgressSummary['hosts'][number]>();
  const secrets = new Map<string, number>();
  for (const { outcome, code, host, sent, received, secret } of entries) {
    // A name that nobody knows was never reached.
    if (outcome === 'refused' || code === 'host_unknown') continue;
    const sum = hosts.get(host) ?? { host, requests: 0, bytes: 0 };
    hosts.set(host, { host, requests: sum.requests + 1, bytes: sum.bytes + sent + received });
    if (secret !== null) secrets.set(secret, (secrets.get(secret) ?? 0) + 1);
  }
  return {
    hosts: [...hosts.values()].toSorted((one, other) => other.bytes - one.bytes),
    secrets: [...secrets].map(([name, uses]) => ({ name, uses })),
    refused: entries.filter(({ outcome }) => outcome === 'refused').length,
  };
}

/** A refusal in a line, for the agent. */
export function refusalText({ method, scheme, host, port, path, reason }: EgressEntry): string {
  return `${method} ${scheme}://${host}:${port}${path}: ${reason ?? 'refused'}`;
}
