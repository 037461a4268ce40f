import { existsSync, readFileSync } from 'node:fs';
import type { Config } from '#core/config.ts';
import { DeckhandError } from '#core/errors.ts';
import { type LogExport, readExport } from '#core/events/export.ts';
import { openVerifier, type Verifier } from '#core/events/signing.ts';
import { type Verdict, verifyLog } from '#core/events/verify.ts';
import { verifyEgress } from '#core/events/verify-egress.ts';
import { keyFiles } from '#core/machine/keys.ts';
import { type Client, connect } from './client.ts';
import type { Terminal } from './terminal.ts';

export interface VerifyOptions {
  all?: boolean;
  /** PEM files of the public keys to trust. */
  key?: string[];
}

/** Prints a session's whole log. */
export async function exportSession(client: Client, session: string, terminal: Terminal): Promise<void> {
  terminal.print((await client.text(exportPath(session))).trimEnd());
}

/** Verifies an exported file, a session, or all of them. Gives whether all is well. */
export async function verify(
  config: Config,
  target: string | undefined,
  options: VerifyOptions,
  terminal: Terminal,
): Promise<boolean> {
  const verifier = openVerifier(trustedKeys(config.home, options.key ?? []));
  if (target !== undefined && existsSync(target)) {
    return verifyOne(target, readFileSync(target, 'utf8'), verifier, terminal);
  }
  const client = await connect(config.home);
  let ok = true;
  for (const session of await sessionsOf(client, target, options.all ?? false)) {
    const log = await client.text(exportPath(session));
    ok = (await verifyOne(session, log, verifier, terminal)) && ok;
  }
  return ok;
}

/** Keys are given or pinned on this machine; one that a log brings along proves nothing. */
function trustedKeys(home: string, given: string[]): string[] {
  const files = given.length > 0 ? given : keyFiles(home);
  if (files.length > 0) return files.map((file) => readFileSync(file, 'utf8'));
  throw new DeckhandError(
    'verify.no_key',
    `There is no public key in ${home}/keys. Give the one to trust with --key, a PEM file.`,
    { blame: 'asker' },
  );
}

async function sessionsOf(client: Client, target: string | undefined, all: boolean): Promise<string[]> {
  if (target !== undefined) return [target];
  if (!all) {
    throw new DeckhandError('verify.nothing', 'Say what to verify: a session, an exported file, or --all.', {
      blame: 'asker',
    });
  }
  const ids: string[] = [];
  let cursor = '';
  for (;;) {
    const { sessions, next } = await client.get<{ sessions: { id: string }[]; next: string | null }>(
      `/v1/sessions?limit=200&archived=all${cursor}`,
    );
    ids.push(...sessions.map(({ id }) => id));
    if (next === null) return ids;
    cursor = `&cursor=${next}`;
  }
}

async function verifyOne(
  name: string,
  content: string,
  verifier: Verifier,
  terminal: Terminal,
): Promise<boolean> {
  const log = readExport(content);
  const verdict = await verifyExport(log, verifier);
  if (verdict.ok) {
    const gone = verdict.erased === 0 ? '' : ` (${verdict.erased} erased on request)`;
    terminal.print(`✓ ${name}: ${verdict.events} events${gone}, head ${verdict.head.hash}`);
  } else
    terminal.print(`✗ ${name}: row ${verdict.fault.seq}: ${verdict.fault.message} (${verdict.fault.code})`);
  return verdict.ok;
}

/** The session's log, and egress's own as far as that one has sealed it. */
async function verifyExport(log: LogExport, verifier: Verifier): Promise<Verdict> {
  const verdict = await verifyLog(log.sessionId, log.rows, verifier, log.head, log.payloads);
  const fault = verdict.ok ? verifyEgress(log.sessionId, log.rows, log.egress) : null;
  return fault ? { ok: false, fault } : verdict;
}

function exportPath(session: string): string {
  return `/v1/sessions/${encodeURIComponent(session)}/export`;
}
