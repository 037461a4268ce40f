import { z } from 'zod';
import { canonical, sha256 } from '#core/events/canonical.ts';
import { type SecretBinding, secretBinding } from './bindings.ts';

/** Where a secret may go: at least one place. */
export const secretBindings = z
  .array(secretBinding)
  .min(1, 'should name at least one place')
  .max(20, 'should name at most 20 places');

export type WrittenBindings = z.input<typeof secretBindings>;

/** Bindings as they are stored and shown: canonical JSON of what was written, with every default spelled out. */
export function bindingText(written: WrittenBindings): string {
  const read = secretBindings.parse(written);
  return canonical(
    written.map((one, index) => ({ ...one, methods: read[index]?.methods, http: read[index]?.http })),
  );
}

/** What a value is sealed for, besides its place. */
export function boundTo(text: string): string {
  return sha256(`deckhand:secret-bindings:v1:${text}`);
}

export function readBindings(text: string): SecretBinding[] {
  return secretBindings.parse(JSON.parse(text));
}
