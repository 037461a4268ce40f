import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Standing, whyNotSpeak } from './may-speak.ts';
import type { Role } from './roles.ts';

test('members with the right to ask may speak; guests and strangers only where policy lets them', () => {
  const table: [Role, Standing, boolean, boolean][] = [
    ['member', 'member', false, true],
    ['owner', 'member', false, true],
    ['viewer', 'member', false, false],
    ['member', 'guest', false, false],
    ['member', 'stranger', false, false],
    ['member', 'guest', true, true],
    ['member', 'stranger', true, true],
    ['viewer', 'guest', true, false],
  ];
  for (const [role, standing, guests, allowed] of table) {
    assert.equal(whyNotSpeak(role, standing, { guests }) === null, allowed, `${role} ${standing} ${guests}`);
  }
});
