import type { UserFacts } from '#core/identity/ports.ts';
import { may } from '#core/identity/roles.ts';

type Person = Pick<UserFacts, 'userId' | 'role'>;

/** Whose secret, `user` null for a workspace's default; and whether the person has an account in that workspace. */
interface Whose {
  readonly user: string | null;
  readonly member: boolean;
}

/** May this person enter, replace or remove it? Their own, or as an administrator a workspace's default; never another's. */
export function mayManageSecret(person: Person, { user, member }: Whose): boolean {
  if (user === null) return may(person.role, 'administer');
  return user === person.userId && member && may(person.role, 'ask');
}

/** May this person know that it is there, and where it may go? Never its value: nobody may. */
export function mayKnowOfSecret(person: Person, { user, member }: Whose): boolean {
  if (user !== null) return user === person.userId;
  return member || may(person.role, 'administer');
}
