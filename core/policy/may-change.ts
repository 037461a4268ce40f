import type { UserFacts } from '#core/identity/ports.ts';
import { may } from '#core/identity/roles.ts';
import type { PolicyOwner } from './ports.ts';

type Person = Pick<UserFacts, 'userId' | 'role'>;

/** May this person save, revert and decide proposals? Their own policy, or as an administrator the system's and workspaces'. */
export function mayChangePolicy(person: Person, { layer, owner }: PolicyOwner): boolean {
  if (layer === 'user') return owner === person.userId && may(person.role, 'ask');
  return may(person.role, 'administer');
}

/** May this person read it? `member`: has an account in the workspace that it belongs to. */
export function mayReadPolicy(person: Person, { layer, owner }: PolicyOwner, member: boolean): boolean {
  if (layer === 'system' || may(person.role, 'administer')) return true;
  return layer === 'user' ? owner === person.userId : member;
}
