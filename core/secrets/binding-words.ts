import { hostPatternText } from '#core/policy/hosts.ts';
import type { SecretBinding } from './bindings.ts';

/** Where a secret may go and how, in a line: `GET, HEAD to api.github.com, as a bearer token`. */
export function bindingWords({ hosts, ports, methods, paths, put, http, only }: SecretBinding): string {
  const where = hosts.map(hostPatternText).join(', ');
  const at = ports ? ` (port ${ports.join(', ')})` : '';
  const below = paths ? ` at ${paths.map(({ text }) => text).join(', ')}` : '';
  return `${methods.join(', ')} to ${where}${at}${below}, ${putWords(put)}${http ? ', also unencrypted' : ''}${only ? ', by tools alone' : ''}`;
}

function putWords(put: SecretBinding['put']): string {
  switch (put.as) {
    case 'bearer':
      return 'as a bearer token';
    case 'header':
      return `in the header ${put.name}`;
    case 'basic':
      return `as the password of ${put.username}`;
    case 'query':
      return `in the address, as ${put.name}`;
  }
}
