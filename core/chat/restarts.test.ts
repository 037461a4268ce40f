import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEvent } from '#core/events/types.ts';
import { foldDocuments } from './fold.ts';

const author = { userId: 'usr_ana', name: 'Ana' };
const base = { sessionId: 'ses_1', turnId: 'trn_1', epoch: 1, at: '2026-11-21T14:02:00.000Z' };

function logOf(...events: [type: string, key: string | null, body: unknown][]): LogEvent[] {
  return events.map(([type, key, body], at) => ({ ...base, seq: at + 1, type, key, body }) as LogEvent);
}

const intent = (kind: string, title: string) => ({ kind, title, fingerprint: '', request: { inline: null } });
const receipt = { outcome: 'done', ms: 1, fingerprint: '', result: { inline: null } };
const submitted = ['turn.submitted', null, { author, text: 'go', files: [] }] as const;
const crash = (done: number, cut: string[]) =>
  ['turn.resumed', null, { reason: 'crash', worker: 'wrk_2', done, cut }] as const;

test('a restart counts the steps that people see, not the calls of the model', () => {
  const [document] = foldDocuments(
    logOf(
      [...submitted],
      ['effect.intent', 'model:0', intent('model', 'model')],
      ['effect.receipt', 'model:0', receipt],
      ['effect.intent', 'a/command:0', intent('command', '$ make')],
      ['effect.receipt', 'a/command:0', receipt],
      ['effect.intent', 'model:1', intent('model', 'model')],
      ['effect.receipt', 'model:1', receipt],
      ['effect.intent', 'b/command:0', intent('command', '$ make test')],
      [...crash(3, ['b/command:0'])],
    ),
  );
  assert.deepEqual(document?.restarts, [{ at: base.at, done: 1, cut: ['$ make test'] }]);
});

test('a model call that was cut off is no step of its own', () => {
  const [document] = foldDocuments(
    logOf([...submitted], ['effect.intent', 'model:0', intent('model', 'model')], [...crash(0, ['model:0'])]),
  );
  assert.deepEqual(document?.restarts, [{ at: base.at, done: 0, cut: [] }]);
});
