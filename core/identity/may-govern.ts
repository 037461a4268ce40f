import type { UserFacts } from './ports.ts';
import { may, type Role } from './roles.ts';

type Governor = Pick<UserFacts, 'userId' | 'role'>;

/** May this person act for another: give them links or keys? Whoever may, holds their rights: owners are owners' business. */
export function mayActFor(by: Governor, other: { userId: string; role: Role }): boolean {
  if (by.userId === other.userId) return true;
  return may(by.role, 'administer') && (other.role !== 'owner' || by.role === 'owner');
}

/** May this person give another that role? Nobody raises anybody, themselves included, above their own. */
export function mayGiveRole(by: Governor, other: { userId: string; role: Role }, role: Role): boolean {
  if (!may(by.role, 'administer')) return false;
  return by.role === 'owner' || (other.role !== 'owner' && role !== 'owner');
}
