import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boltApp } from './bolt-app.ts';
import { startSlackTwin } from './slack-twin.ts';

const modal = (title: string) => ({
  type: 'modal' as const,
  callback_id: 'form',
  title: { type: 'plain_text' as const, text: title },
  submit: { type: 'plain_text' as const, text: 'Go' },
  blocks: [{ type: 'divider' as const }],
});
const titles = (views: object[]): string[] =>
  views.map((view) => (view as { title: { text: string } }).title.text);

test('a modal is replaced by its id and hash, lies at most three deep, and goes as its submission is answered', async (t) => {
  const twin = await startSlackTwin();
  t.after(() => twin.stop());
  twin.workspace.channel('ops');
  const ana = twin.workspace.user('ana');
  const said: string[] = [];
  let answer: object | undefined;
  const app = await boltApp(t, twin, 'socket', (bolt) => {
    bolt.command('/deckhand', async ({ command, client, body, ack }) => {
      const { trigger_id } = body;
      const [how, title = ''] = command.text.split(' ');
      const call = how === 'open' ? client.views.open : client.views.push;
      await call({ trigger_id, view: modal(title) }).catch(({ message }) => said.push(message));
      await ack();
    });
    bolt.view('form', async ({ ack }) => ack(answer as undefined));
  });
  const slash = (text: string) => ana.slash('ops', '/deckhand', text);

  await slash('open One');
  const [first] = twin.look.modals();
  assert.ok(first);
  const { client } = app;
  const { view: second } = await client.views.update({ view_id: String(first.id), view: modal('Two') });
  assert.deepEqual(titles(twin.look.modals()), ['Two']);
  const stale = client.views.update({
    view_id: String(second?.id),
    hash: String(first.hash),
    view: modal('Three'),
  });
  await assert.rejects(stale, /hash_conflict/);
  await assert.rejects(client.views.update({ view_id: 'V0', view: modal('Three') }), /not_found/);

  await slash('push Upper');
  await slash('push Top');
  await slash('push Beyond');
  assert.match(said.join(), /push_limit_reached/);
  assert.deepEqual(titles(twin.look.modals()), ['Two', 'Upper', 'Top']);

  const top = () => twin.look.modals().at(-1) ?? {};
  answer = { response_action: 'update', view: modal('Changed') };
  await ana.submit(top());
  assert.deepEqual(titles(twin.look.modals()), ['Two', 'Upper', 'Changed']);
  answer = undefined;
  await ana.submit(top());
  assert.deepEqual(titles(twin.look.modals()), ['Two', 'Upper']);
  answer = { response_action: 'clear' };
  await ana.submit(top());
  assert.deepEqual(twin.look.modals(), []);
});
