import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerAnswer } from '#core/mcp/types.ts';
import { answer, callWith, watch } from './testing/calls.ts';

const question = {
  message: 'Which project, and how many?',
  requestedSchema: {
    type: 'object',
    properties: {
      project: { type: 'string', enum: ['red', 'blue'] },
      count: { type: 'integer', minimum: 1, description: 'of copies' },
      sure: { type: 'boolean' },
    },
    required: ['project'],
  },
};

/** Calls a tool whose server asks the person this, as often as there are questions; gives what it was told each time. */
async function asking(questions: object[], answers: ServerAnswer[]) {
  const told: unknown[] = [];
  let next = () => {};
  const performed = await callWith(
    {
      heard: ({ id, result, error }) => {
        if (typeof id !== 'string') return;
        told.push(result ?? error?.message);
        next();
      },
      call: ({ id }, say) => {
        next = () => {
          const params = questions[told.length];
          if (params) say({ id: `ask${told.length}`, method: 'elicitation/create', params });
          else say({ id, result: answer('ended') });
        };
        next();
        return undefined;
      },
    },
    { ...watch(), answers },
  );
  return { ...performed, told };
}

test('a question of a server to the person is cancelled, and told to the agent with all that it takes to have it answered', async () => {
  const { outcome, output, notes, told } = await asking([question], []);
  assert.deepEqual(told, [{ action: 'cancel' }]);
  assert.deepEqual([outcome, output], ['done', 'ended']);
  assert.match(notes, /answer_server, with this question word by word:\n"Which project, and how many\?"/);
  assert.match(notes, /- project \(one of "red", "blue"\)/);
  assert.match(notes, /- count \(a whole number from 1, may be left out\): of copies/);
});

test('I7: a server is told what people have allowed if it asks exactly that, and once', async () => {
  const content = { project: 'blue', count: 2, sure: true };
  const answers = [{ question: question.message, content }];
  const again = await asking([question, question], answers);
  assert.deepEqual(again.told, [{ action: 'accept', content }, { action: 'cancel' }]);
  const other = await asking([{ ...question, message: 'Your password?' }], answers);
  assert.deepEqual(other.told, [{ action: 'cancel' }]);
  assert.match(other.notes, /"Your password\?"/);
});

for (const [what, content, says] of [
  ['a choice that there is not', { project: 'green' }, /project should be one of "red", "blue"/],
  ['nothing for what is needed', { count: 1 }, /project is missing/],
  ['too little', { project: 'red', count: 0 }, /count should be a whole number from 1/],
  ['another kind', { project: 'red', sure: 'yes' }, /sure should be true or false/],
  ['what was not asked for', { project: 'red', password: 'x' }, /"password" was not asked for/],
] as const) {
  test(`an answer with ${what} is not given`, async () => {
    const { told, notes } = await asking([question], [{ question: question.message, content }]);
    assert.deepEqual(told, [{ action: 'cancel' }]);
    assert.match(notes, says);
  });
}

test('a server that sends the person elsewhere, or asks without end, is refused', async () => {
  const properties = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`f${n}`, { type: 'string' }]));
  for (const params of [
    { mode: 'url', message: 'Go there', url: 'https://evil.test/', elicitationId: '1' },
    { message: 'All of it', requestedSchema: { type: 'object', properties } },
    { message: 'Deep', requestedSchema: { type: 'object', properties: { a: { type: 'object' } } } },
  ]) {
    const { told, notes } = await asking([params], []);
    assert.match(String(told[0]), /does not put to people/);
    assert.match(notes, /or a visit to another place/);
  }
});
