import { DeckhandError } from '#core/errors.ts';

/** Characters a secret must have at least: shorter ones can be guessed, and masking them would mask innocent text. */
export const minSecretLength = 12;
/** And at most. */
export const maxSecretLength = 4096;

/**
 * What keeps a value from being a secret that travels in HTTP, in words that follow "its value"; else nothing. Never
 * holds any of the value.
 */
export function faultOfValue(value: string): string | undefined {
  if (value.length < minSecretLength) return `has fewer than ${minSecretLength} characters`;
  if (value.length > maxSecretLength) return `has more than ${maxSecretLength} characters`;
  if (/[\r\n]/.test(value)) return 'has more than one line, and no header can carry that';
  if (!/^[\x20-\x7e]+$/.test(value)) return 'has characters that are not printable ASCII';
  if (value !== value.trim()) return 'begins or ends with a space';
  return undefined;
}

/** @throws {DeckhandError} `secret_value_invalid`, without any of the value */
export function checkValue(name: string, value: string): void {
  const fault = faultOfValue(value);
  if (fault) {
    throw new DeckhandError('secret_value_invalid', `${name} cannot be a secret: its value ${fault}.`, {
      blame: 'asker',
    });
  }
}
