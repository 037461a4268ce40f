import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayActFor, mayGiveRole } from './may-govern.ts';
import { roles } from './roles.ts';

const person = (role: (typeof roles)[number], userId = `usr_${role}`) => ({ userId, role });

test('only owners make or unmake owners, only administrators change roles at all', () => {
  const table = roles.map((by) => [
    by,
    roles
      .flatMap((from) =>
        roles.map((to) => (mayGiveRole(person(by), person(from, 'usr_other'), to) ? `${from}→${to}` : '')),
      )
      .filter(Boolean)
      .join(' '),
  ]);
  const below = ['admin', 'member', 'viewer'];
  const all = roles.flatMap((from) => roles.map((to) => `${from}→${to}`)).join(' ');
  assert.deepEqual(Object.fromEntries(table), {
    owner: all,
    admin: below.flatMap((from) => below.map((to) => `${from}→${to}`)).join(' '),
    member: '',
    viewer: '',
  });
});

test('an administrator gets no link into an owner’s account; everybody gets one into their own', () => {
  const others = (by: (typeof roles)[number]) =>
    roles.filter((role) => mayActFor(person(by), person(role, 'usr_other')));
  assert.deepEqual(others('owner'), ['owner', 'admin', 'member', 'viewer']);
  assert.deepEqual(others('admin'), ['admin', 'member', 'viewer']);
  assert.deepEqual(others('member'), []);
  assert.deepEqual(others('viewer'), []);
  for (const role of roles) assert.ok(mayActFor(person(role), person(role)));
});
