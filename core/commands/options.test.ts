import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldsOf, lineOf } from './options.ts';
import { readCommand } from './read-command.ts';
import { type Verb, verbs } from './verbs.ts';

const verb = (name: string): Verb => verbs.find((one) => one.name === name) as Verb;
const filled: [string, Record<string, string>][] = [
  ['new', { request: 'look at the disk' }],
  ['steer', { words: 'use staging' }],
  ['feedback', { words: 'too long' }],
  ['schedule', { when: 'every weekday at 9:00', request: 'check the backups' }],
  ['schedules', {}],
  ['schedules', { action: 'list' }],
  ['schedules', { action: 'pause', which: 'sch_01' }],
  ['schedules', { action: 'edit', which: '1', words: 'every day at 8:00 look' }],
  ['queue', {}],
  ['queue', { action: 'list' }],
  ['queue', { action: 'cancel', place: '2' }],
  ['queue', { action: 'edit', place: '2', words: 'do this' }],
  ['queue', { action: 'move', place: '3', to: '1' }],
  ['approve', {}],
  ['approve', { scope: 'in this thread', id: 'apr_1' }],
  ['deny', { id: 'apr_1' }],
  ['timezone', { zone: 'Europe/Berlin' }],
  ['model', { name: 'gpt-5.1' }],
  ['template', {}],
  ['policy', { propose: 'reach x' }],
  ['link', { code: '4F7K-92QX' }],
  ['signin', {}],
  ['signin', { server: 'tickets' }],
  ['invite', { who: '@ben' }],
];

for (const [name, values] of filled) {
  test(`fields of ${name} ${JSON.stringify(values)} are words of the one grammar`, () => {
    const reading = readCommand(lineOf(verb(name), values), 'discord_slash');
    assert.equal(reading.kind === 'command' && reading.command.verb, name);
  });
}

test('verbs without fields are said alone, and all fields keep to the sizes that surfaces have', () => {
  for (const one of verbs) {
    const { options, form = [] } = fieldsOf(one);
    if (options.length === 0) assert.equal(lineOf(one, {}), one.name);
    assert.ok(options.length <= 25 && one.help.length <= 100, one.name);
    for (const { name, about, choices = [] } of options) {
      assert.match(name, /^[a-z]{1,32}$/);
      assert.ok(about.length <= 100 && choices.length <= 25, `${one.name} ${name}`);
    }
    for (const name of form) assert.ok(options.some((option) => option.name === name));
  }
});
