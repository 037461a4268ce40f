import { setTimeout as sleep } from 'node:timers/promises';
import type { EgressEntry } from '#core/events/egress-entry.ts';
import type { Redaction } from '#core/secrets/redact/redaction.ts';
import type { Ledger } from './ledger.ts';
import type { Ended, Witness } from './ports.ts';

const maxPath = 500;
const maxReason = 500;
/** A refusal is told also when it cannot be written down just now. */
const patienceMs = 1_000;

/** Turns what came to one session's door into entries of its log. */
export function sessionWitness(sessionId: string, turnId: () => string | null, ledger: Ledger): Witness {
  return {
    async ended(what) {
      const of = what.ruling?.turnId === undefined ? turnId() : what.ruling.turnId;
      const urgent = what.fault !== null;
      const written = ledger.add(sessionId, { turnId: of, entry: entryOf(what) }, urgent);
      if (urgent) await Promise.race([written, sleep(patienceMs, undefined, { ref: false })]);
    },
  };
}

function entryOf({ request, ruling, secret, fault, traffic, ms }: Ended): EgressEntry {
  const redaction = ruling?.allow ? ruling.redaction : undefined;
  return {
    at: new Date().toISOString(),
    method: request?.method ?? '?',
    scheme: request?.scheme ?? 'http',
    host: request?.host ?? '?',
    port: request?.port ?? 0,
    path: pathOf(request?.path ?? '', redaction),
    outcome: fault === null ? 'passed' : fault.refused ? 'refused' : 'failed',
    rule: ruling?.rule ?? 'the request itself',
    code: fault?.code ?? null,
    reason: fault?.reason.slice(0, maxReason).toWellFormed() ?? null,
    status: traffic.status,
    secret,
    sent: traffic.sent,
    received: traffic.received,
    ms,
  };
}

function pathOf(path: string, redaction: Redaction | undefined): string {
  const masked = redaction?.text(path) ?? path;
  return masked.length <= maxPath ? masked : `${masked.slice(0, maxPath - 1)}…`;
}
