import { may, type Role } from '#core/identity/roles.ts';

/**
 * Who may answer a question (I7): whoever asked for the turn, and those who administer. Others in the thread may not
 * give away what is not theirs.
 */
export function mayDecide(person: { userId: string; role: Role }, approval: { authorId: string }): boolean {
  if (!may(person.role, 'decide')) return false;
  return person.userId === approval.authorId || may(person.role, 'administer');
}
