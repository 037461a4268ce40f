import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { DeckhandError } from '#core/errors.ts';

/** A file whose bytes the homeserver has only encrypted (client-server API, "Sending encrypted attachments", version v2). */
export const sealedFile = z.object({
  url: z.string().startsWith('mxc://'),
  key: z.object({ k: z.string(), alg: z.literal('A256CTR') }),
  iv: z.string(),
  hashes: z.object({ sha256: z.string() }),
  v: z.literal('v2'),
});
export type SealedFile = z.infer<typeof sealedFile>;

const cipher = 'aes-256-ctr';

/** Encrypts a file under a key of its own. */
export function sealFile(content: Uint8Array): { bytes: Buffer; file: Omit<SealedFile, 'url'> & object } {
  const key = randomBytes(32);
  // "The counter … MUST be zero": the lower half of the block counts.
  const iv = Buffer.concat([randomBytes(8), Buffer.alloc(8)]);
  const sealing = createCipheriv(cipher, key, iv);
  const bytes = Buffer.concat([sealing.update(content), sealing.final()]);
  const jwk = {
    kty: 'oct',
    key_ops: ['encrypt', 'decrypt'],
    alg: 'A256CTR',
    k: key.toString('base64url'),
    ext: true,
  };
  const hashes = { sha256: unpadded(createHash('sha256').update(bytes).digest()) };
  return { bytes, file: { v: 'v2', key: jwk as SealedFile['key'], iv: unpadded(iv), hashes } };
}

/** A file's content as it comes. @throws {DeckhandError} `file.damaged` at its end, when it is not what was sealed */
export async function* openFile(
  sealed: AsyncIterable<Uint8Array>,
  { key, iv, hashes }: SealedFile,
  name: string,
): AsyncGenerator<Uint8Array> {
  const opening = createDecipheriv(cipher, Buffer.from(key.k, 'base64url'), Buffer.from(iv, 'base64'));
  const hash = createHash('sha256');
  for await (const chunk of sealed) {
    hash.update(chunk);
    yield opening.update(chunk);
  }
  if (unpadded(hash.digest()) === hashes.sha256.replace(/=+$/, '')) return;
  throw new DeckhandError(
    'file.damaged',
    `I did not start this: ${name} is not the file that was sent, it has been changed on its way. Send it again.`,
    { blame: 'platform' },
  );
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
