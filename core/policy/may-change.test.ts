import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '#core/identity/roles.ts';
import { mayChangePolicy, mayReadPolicy } from './may-change.ts';

test("one's own policy is one's own, the others are the administrators'; whoever lives under one may read it", () => {
  const table: [
    Role,
    'system' | 'workspace' | 'own' | 'other',
    member: boolean,
    changes: boolean,
    reads: boolean,
  ][] = [
    ['owner', 'system', true, true, true],
    ['admin', 'workspace', false, true, true],
    ['admin', 'other', false, false, true],
    ['member', 'system', true, false, true],
    ['member', 'workspace', true, false, true],
    ['member', 'workspace', false, false, false],
    ['member', 'own', true, true, true],
    ['member', 'other', true, false, false],
    ['viewer', 'own', true, false, true],
  ];
  for (const [role, whose, member, changes, reads] of table) {
    const layer = whose === 'own' || whose === 'other' ? 'user' : whose;
    const owner = { system: '', workspace: 'wsp_1', own: 'usr_me', other: 'usr_other' }[whose];
    const person = { userId: 'usr_me', role };
    const of = { layer, owner } as const;
    assert.deepEqual(
      [mayChangePolicy(person, of), mayReadPolicy(person, of, member)],
      [changes, reads],
      `${role} ${whose}`,
    );
  }
});
