import { newSigningKey, openSigner, openVerifier } from '#core/events/signing.ts';
import { verifyLog } from '#core/events/verify.ts';
import { SampleLog } from '#core/testing/sample-log.ts';

/** Verifies a log of at least so many events, whole turns of every kind of event. @returns ms for exactly `events` */
export async function measureVerification(events: number): Promise<number> {
  const signer = openSigner(newSigningKey());
  const log = new SampleLog('ses_bench', signer);
  for (let turn = 1; log.rows.length < events; turn += 1) log.addTurn(`trn_${turn}`, turn);
  const verifier = openVerifier([signer.publicKey]);
  const began = performance.now();
  const verdict = await verifyLog(log.sessionId, log.rows, verifier, log.head, log.payloads);
  const ms = performance.now() - began;
  if (!verdict.ok) throw new Error(`the sample log does not verify: ${verdict.fault.message}`);
  return (ms * events) / log.rows.length;
}
