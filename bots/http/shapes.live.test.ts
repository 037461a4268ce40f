import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { EventType } from '#core/events/types.ts';
import { until } from '#core/testing/until.ts';
import { Document } from './document-schema.ts';
import { eventBodies, LoggedEvent } from './event-schema.ts';
import { openStage } from './testing/stage.ts';

/** Parsing leaves out what a schema does not name: what comes back whole is described whole. */
test('documents and events are what the OpenAPI document says of them, with nothing more and nothing less', async (t) => {
  const stage = await openStage(t);
  const ask = async (text: string) => (await stage.call('POST', '/v1/sessions', { text })).body;
  const turns = [await ask('careful $ uname -a'), await ask('file report.html'), await ask('fail')];
  const [careful] = turns;
  const approval = await until(async () => {
    const { body } = await stage.call('GET', `/v1/approvals?session=${careful.session.id}`);
    return body.approvals[0];
  }, 'the question');
  const decision = { grant: true, revision: approval.revision };
  await stage.call('POST', `/v1/approvals/${approval.id}/decide`, decision);
  const seen = new Set<string>();
  for (const { session, turnId } of turns) {
    const document = await until(async () => {
      const { body } = await stage.call('GET', `/v1/turns/${turnId}`);
      return body.finishedAt ? body : null;
    }, 'the turn to end');
    assert.deepEqual(Document.parse(document), document);
    const { body } = await stage.call('GET', `/v1/sessions/${session.id}/events`);
    for (const event of body.events) {
      assert.deepEqual(LoggedEvent.parse(event), event);
      seen.add(event.type);
    }
  }
  assert.ok(seen.size >= 9, [...seen].join(', '));
});

test('events of an earlier version are described as well', () => {
  const log = readFileSync(
    new URL('../../worker/replay/fixtures/before-templates.jsonl', import.meta.url),
    'utf8',
  );
  const rows = log
    .split('\n')
    .filter((line) => line.includes('"kind":"row"'))
    .map((line) => (JSON.parse(line) as { row: { type: EventType; body: string } }).row);
  assert.ok(rows.length > 20);
  for (const { type, body } of rows) {
    const said = JSON.parse(body);
    assert.deepEqual(eventBodies[type].parse(said), said, type);
  }
});
