import { DeckhandError } from '#core/errors.ts';
import { bindingText, boundTo, type WrittenBindings } from './binding-text.ts';
import { sealEntry } from './entry-seal.ts';
import type { SecretEntry, SecretOwner, Secrets } from './ports.ts';
import { faultOfValue } from './value.ts';

/** A secret as a person gives it. Lives as long as the request that brought it. */
export interface NewSecret {
  readonly name: string;
  readonly value: string;
  readonly bindings: WrittenBindings;
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** Somebody else may replace the same secret between our look and our write. */
const maxTries = 4;

/**
 * Seals values to egress at once and keeps them, all or none (I5). `link` is spent with it.
 * @throws {DeckhandError} `secret_invalid` with every fault and none of a value, `secret_no_egress`, `secret_link_spent`
 */
export async function enterSecrets(
  secrets: Secrets,
  given: { owner: SecretOwner; secrets: readonly NewSecret[]; by: string; link?: string },
): Promise<void> {
  refuseFaulty(given.secrets);
  const key = await secrets.egressKey();
  if (!key) {
    throw new DeckhandError(
      'secret_no_egress',
      'Secrets cannot be taken yet: the egress role, which alone can read them, has not started. Try again in a moment.',
      { blame: 'machine', retryable: true },
    );
  }
  for (let tries = 1; ; tries += 1) {
    const versions = await secrets.versions(
      given.owner,
      given.secrets.map(({ name }) => name),
    );
    const entries = given.secrets.map(({ name, value, bindings }): SecretEntry => {
      const text = bindingText(bindings);
      const place = { ...given.owner, name, version: (versions.get(name) ?? 0) + 1, boundTo: boundTo(text) };
      return { place, bindings: text, keyId: key.keyId, sealed: sealEntry(value, place, key.publicKey) };
    });
    try {
      return await secrets.put(entries, given.by, given.link);
    } catch (fault) {
      const changed = fault instanceof DeckhandError && fault.code === 'secret_changed';
      if (!changed || tries === maxTries) throw fault;
    }
  }
}

function refuseFaulty(secrets: readonly NewSecret[]): void {
  const names = secrets.map(({ name }) => name);
  const faults = secrets.flatMap(({ name, value }, index) => {
    const shown = namePattern.test(name) ? name : `the ${index + 1}. name`;
    const ofValue = faultOfValue(value);
    return [
      ...(namePattern.test(name) ? [] : [`${shown} should be like GITHUB_TOKEN: letters, digits and _`]),
      ...(names.indexOf(name) < index ? [`${shown} is given twice`] : []),
      ...(ofValue ? [`the value of ${shown} ${ofValue}`] : []),
    ];
  });
  if (secrets.length === 0) faults.push('there is no secret in it');
  if (faults.length > 0) {
    throw new DeckhandError('secret_invalid', `Nothing was stored: ${faults.join('; ')}.`, {
      blame: 'asker',
    });
  }
}
