import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { offered, readCommand } from './read-command.ts';
import { type Surface, surfaces } from './surfaces.ts';
import { verbs } from './verbs.ts';

const all = Object.keys(surfaces) as Surface[];
const spoken = (surface: Surface): boolean => !('only' in surfaces[surface]);
const everywhere = all.filter(spoken);
const replies = ['slack_reply', 'discord_reply', 'matrix_reply'];
const inThreads = [
  'slack_mention',
  'discord_slash',
  'discord_mention',
  'matrix_bang',
  'matrix_mention',
  'console',
];

/** verb × surface: where each is to be had. Slack sends no slash command in a thread; a terminal is in none; what is said in a
 * thread without a mention is talk, but for a few words. */
const table: Record<string, string[]> = {
  help: everywhere,
  new: everywhere,
  status: [...inThreads, 'slack_shortcut'],
  stop: [...inThreads, 'slack_shortcut', ...replies],
  retry: [...inThreads, 'slack_shortcut'],
  steer: [...inThreads, ...replies],
  queue: inThreads,
  cancel: [...inThreads, 'matrix_reply'],
  approve: inThreads,
  deny: inThreads,
  receipt: inThreads,
  details: inThreads,
  schedule: everywhere,
  schedules: everywhere,
  timezone: everywhere,
  model: inThreads,
  template: inThreads,
  policy: inThreads,
  secrets: everywhere,
  whoami: everywhere,
  link: everywhere,
  signin: inThreads,
  invite: everywhere,
  usage: everywhere,
  feedback: everywhere,
};

test('the table of verbs is that of verb × surface, no verb more and none less', () => {
  assert.deepEqual(verbs.map(({ name }) => name).sort(), Object.keys(table).sort());
  for (const verb of verbs) {
    assert.deepEqual(
      all.filter((surface) => offered(verb, surface)).sort(),
      [...(table[verb.name] ?? [])].sort(),
      verb.name,
    );
  }
});

for (const surface of all) {
  test(`every example of help is understood on ${surface}, or its verb says where to go`, () => {
    for (const verb of verbs) {
      for (const example of verb.examples) {
        // A mention takes free words after a colon only.
        const colon = verb.free && verb.name !== 'schedule' && !surfaces[surface].strict;
        const reading = readCommand(colon ? example.replace(' ', ': ') : example, surface);
        if (table[verb.name]?.includes(surface)) {
          assert.equal(
            reading.kind === 'command' && reading.command.verb,
            verb.name,
            `${surface}: ${example}`,
          );
        } else if (replies.includes(surface)) {
          assert.equal(reading.kind, 'prompt', example);
        } else {
          assert.equal(reading.kind, 'fault', example);
          assert.match(
            reading.kind === 'fault' ? reading.message : '',
            /Instead, .*`|in the thread|I know no command/,
          );
        }
      }
    }
  });
}

for (const text of [
  'stop using tabs',
  'help me with the backups',
  'new deployment failed, look at it',
  'status of the deployment?',
  'queue up the migration',
  'retry the failed job',
  'cancel my subscription to the list',
  'deny all from 10.0.0.0/8 in nginx',
  'approve the pull request 12',
  'template injection in our code: look for it',
  'model the load of the new service',
  'every file here is stale, clean up',
  'every monday we deploy. Who is on call?',
  'in core/infra fix the lint',
  'steer the ship',
  'usage of the disk',
  'link me the runbook',
  'policy of the company on backups',
]) {
  test(`in a mention “${text}” is a request, not a command`, () => {
    assert.equal(readCommand(text, 'slack_mention').kind, 'prompt');
  });
}

test('a mention that reads whole as a command is one, whatever its case and spaces', () => {
  for (const [text, verb] of [
    ['  Stop ', 'stop'],
    ['STATUS', 'status'],
    ['queue cancel 2', 'queue'],
    ['steer: use the staging database', 'steer'],
    ['every weekday at 9:00 check the backups', 'schedule'],
    ['every weekday at 9 check the backups', 'schedule'],
    ['approve in this thread', 'approve'],
    ['schedules pause 1', 'schedules'],
  ] as const) {
    const reading = readCommand(text, 'matrix_mention');
    assert.equal(reading.kind === 'command' && reading.command.verb, verb, text);
  }
});

test('where everything is a command, what is none is answered with what would be right', () => {
  const message = (text: string) => {
    const reading = readCommand(text, 'slack_slash');
    return reading.kind === 'fault' ? reading.message : JSON.stringify(reading);
  };
  assert.match(message('shedules'), /Did you mean `\/deckhand schedules`/);
  assert.match(message('frobnicate'), /`\/deckhand help` lists/);
  assert.match(message('schedules pause'), /`\/deckhand schedules \[pause/);
  assert.match(message('stop'), /mention me in the thread: `@deckhand stop`/);
  assert.match(message(''), /\/deckhand help/);
});

test('arguments are read: places, ids, scopes, words over several lines', () => {
  const read = (text: string) => {
    const reading = readCommand(text, 'console');
    return reading.kind === 'command' ? reading.command : reading.kind;
  };
  assert.deepEqual(read('queue edit 2: do this\nand that'), {
    verb: 'queue',
    action: { kind: 'edit', place: 2, text: 'do this\nand that' },
  });
  assert.deepEqual(read('queue move 3 to 1'), { verb: 'queue', action: { kind: 'move', place: 3, to: 1 } });
  assert.deepEqual(read('schedules run now sch_01'), {
    verb: 'schedules',
    action: { kind: 'run', which: 'sch_01' },
  });
  assert.deepEqual(read('schedules edit 1 every day at 8:00 x'), {
    verb: 'schedules',
    action: { kind: 'edit', which: '1', words: 'every day at 8:00 x' },
  });
  assert.deepEqual(read('deny apr_1'), { verb: 'deny', approvalId: 'apr_1' });
  assert.deepEqual(read('new look\nhere'), { verb: 'new', text: 'look\nhere' });
  assert.deepEqual(read('policy propose: reach x'), { verb: 'policy', propose: 'reach x' });
});

test('whatever is written, reading it never fails', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...all), (text, surface) => {
      assert.ok(['command', 'fault', 'prompt'].includes(readCommand(text, surface).kind));
    }),
  );
});
