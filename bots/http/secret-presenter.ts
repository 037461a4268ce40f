import { bindingWords } from '#core/secrets/binding-words.ts';
import type { SecretFacts } from '#core/secrets/ports.ts';

/** A secret's name and where it may go. Its value has no presenter, here or anywhere. */
export function presentSecret(secret: SecretFacts) {
  const { secretId, workspace, user, name, version, bindings, written, setBy, setAt, usedAt } = secret;
  return {
    id: secretId,
    workspaceId: workspace,
    whose: user === null ? ('workspace' as const) : ('you' as const),
    name,
    version,
    goes: bindings.map(bindingWords),
    bindings: written,
    setBy,
    setAt,
    usedAt,
  };
}
