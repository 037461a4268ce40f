import { may, type Role } from '#core/identity/roles.ts';
import type { TemplateLayer } from './document.ts';

/** Who writes which layer: the operator's word is the owner's, the tenant's an administrator's, one's own one's own. */
export function mayEditLayer(role: Role, layer: TemplateLayer): boolean {
  if (layer === 'system') return role === 'owner';
  return may(role, layer === 'workspace' ? 'administer' : 'ask');
}
