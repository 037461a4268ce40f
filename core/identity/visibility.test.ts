import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from './roles.ts';
import { maySee } from './visibility.ts';

test("the console is everybody's; a platform's session is its owner's and the administrators'", () => {
  const table: [Role, 'console' | 'slack', 'own' | 'other', boolean][] = [
    ['owner', 'slack', 'other', true],
    ['admin', 'slack', 'other', true],
    ['member', 'slack', 'other', false],
    ['member', 'slack', 'own', true],
    ['member', 'console', 'other', true],
    ['viewer', 'console', 'other', true],
    ['viewer', 'slack', 'other', false],
  ];
  for (const [role, platform, whose, sees] of table) {
    const ownerId = whose === 'own' ? 'usr_me' : 'usr_other';
    assert.equal(maySee({ userId: 'usr_me', role }, { thread: { platform }, ownerId }), sees);
  }
});
