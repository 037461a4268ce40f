import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '#core/identity/roles.ts';
import { mayKnowOfSecret, mayManageSecret } from './may-manage.ts';

test("I5: one's own secrets are one's own, defaults are the administrators', another's are nobody's", () => {
  const table: [
    Role,
    whose: 'own' | 'default' | 'other',
    member: boolean,
    manages: boolean,
    knows: boolean,
  ][] = [
    ['owner', 'own', true, true, true],
    ['owner', 'default', false, true, true],
    ['owner', 'other', true, false, false],
    ['admin', 'default', false, true, true],
    ['admin', 'other', true, false, false],
    ['member', 'own', true, true, true],
    ['member', 'own', false, false, true],
    ['member', 'default', true, false, true],
    ['member', 'default', false, false, false],
    ['member', 'other', true, false, false],
    ['viewer', 'own', true, false, true],
    ['viewer', 'default', true, false, true],
  ];
  const users = { own: 'usr_me', other: 'usr_other', default: null };
  for (const [role, whose, member, manages, knows] of table) {
    const person = { userId: 'usr_me', role };
    const of = { user: users[whose], member };
    assert.deepEqual(
      [mayManageSecret(person, of), mayKnowOfSecret(person, of)],
      [manages, knows],
      `${role} ${whose}`,
    );
  }
});
