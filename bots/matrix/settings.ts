import type { Config } from '#core/config.ts';
import { DeckhandError } from '#core/errors.ts';
import { sha256 } from '#core/events/canonical.ts';
import type { MatrixSettings } from './door.ts';

/** What is set up for Matrix, or null when nothing is. @throws {DeckhandError} `config.invalid` when a part is missing */
export function matrixSettings(config: Config): MatrixSettings | null {
  const {
    MATRIX_HOMESERVER_URL: url,
    MATRIX_USER_ID: userId,
    MATRIX_ACCESS_TOKEN: accessToken,
    MATRIX_PASSWORD: password,
    MATRIX_ENCRYPTION_KEY: encryptionKey = null,
  } = config;
  if (!url && !userId && !accessToken && !password) return null;
  if (!url) throw incomplete('MATRIX_HOMESERVER_URL is missing: where clients reach your homeserver');
  if (!userId) throw incomplete('MATRIX_USER_ID is missing: the account Deckhand writes as');
  if (!accessToken && !password) throw incomplete('set MATRIX_ACCESS_TOKEN or MATRIX_PASSWORD');
  return {
    url,
    userId,
    proof: accessToken
      ? { accessToken }
      : { password: password ?? '', home: config.home, device: deviceFor(encryptionKey) },
    encryptionKey,
    allow: config.MATRIX_ALLOW,
    maxFileBytes: config.DECKHAND_MAX_FILE_MB * 1024 * 1024,
  };
}

/** Keys belong to one device: who sets new ones gets another device, since clients take no new keys of a known one. */
function deviceFor(encryptionKey: string | null): string {
  return encryptionKey ? `DECKHAND_${sha256(encryptionKey).slice(0, 8)}` : 'DECKHAND';
}

function incomplete(what: string): DeckhandError {
  return new DeckhandError('config.invalid', `Matrix is set up in part: ${what} (docs/matrix.md).`);
}
