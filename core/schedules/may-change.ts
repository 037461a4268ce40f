import { may, type Role } from '#core/identity/roles.ts';

/** Who may see, pause, change and delete a schedule: whom it acts for, and those who administer. */
export function mayChange(
  person: { userId: string; role: Role },
  schedule: { owner: { userId: string } },
): boolean {
  return person.userId === schedule.owner.userId || may(person.role, 'administer');
}

/**
 * Who may make it start turns: only whom it acts for. Whoever could change its text would act with the owner's secrets.
 */
export function mayEdit(
  person: { userId: string; role: Role },
  schedule: { owner: { userId: string } },
): boolean {
  return may(person.role, 'ask') && person.userId === schedule.owner.userId;
}
