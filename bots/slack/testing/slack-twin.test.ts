import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type App, webApi } from '@slack/bolt';
import { boltApp } from './bolt-app.ts';
import type { Envelope } from './events/delivery.ts';
import { objectAt, objectsAt, textAt } from './json.ts';
import { type SlackTwin, startSlackTwin, type TwinOptions } from './slack-twin.ts';

const modes = ['socket', 'http'] as const;
type Mode = (typeof modes)[number];

/** A twin with a Bolt app on it, and Ana in #ops; all of it ends with the test. */
async function stage(t: TestContext, mode: Mode, listen: (app: App) => void, options: TwinOptions = {}) {
  const twin = await startSlackTwin(options);
  const ana = twin.workspace.user('ana');
  const ops = twin.workspace.channel('ops').id;
  const endings: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const end of endings) await end();
    await twin.stop();
  });
  const app = await boltApp({ after: (end) => void endings.push(end) }, twin, mode, listen);
  return { twin, ana, ops, app };
}

const eventOf = ({ payload }: Envelope) => objectAt(payload, 'event');
const kinds = (twin: SlackTwin): string[] =>
  twin.events.attempts.map(({ envelope }) => {
    const event = eventOf(envelope);
    return [textAt(event, 'type'), textAt(event, 'subtype')].filter(Boolean).join(':');
  });

for (const mode of modes) {
  test(`${mode}: a mention arrives as message and app_mention, and the answer stands in its thread`, async (t) => {
    const { twin, ana } = await stage(t, mode, (app) => {
      app.event('app_mention', async ({ event, say }) => {
        await say({ text: `You said: ${event.text}`, thread_ts: event.ts });
      });
    });
    const thread = ana.mention('ops', 'look at <this> & `@deckhand`');
    const [post] = await twin.look.until('an answer', () => {
      const posts = twin.look.posts(thread);
      return posts.length > 0 && posts;
    });
    await twin.events.settled();
    assert.equal(post?.threadTs, thread.ts);
    assert.equal(
      post?.text,
      `You said: <@${twin.workspace.appUserId}> look at &lt;this&gt; &amp; \`@deckhand\``,
    );
    // The answer mentions the app in turn: Slack sends that as well, and Bolt ignores it as the app's own.
    assert.deepEqual(kinds(twin), ['message', 'app_mention', 'message', 'app_mention']);
  });

  test(`${mode}: each acknowledgement is looked at, and a look that throws fails the twin`, async () => {
    const seen: string[] = [];
    const twin = await startSlackTwin({
      onAcknowledged: ({ payload }) => {
        seen.push(textAt(objectAt(payload, 'event'), 'type') ?? '');
        throw new Error('the row is not committed');
      },
    });
    const endings: (() => Promise<void>)[] = [];
    await boltApp({ after: (end) => void endings.push(end) }, twin, mode, (app) => {
      app.event('message', async () => undefined);
    });
    twin.workspace.channel('ops');
    twin.workspace.user('ana').say('ops', 'hello');
    await twin.events.settled();
    for (const end of endings) await end();
    assert.deepEqual(seen, ['message']);
    await assert.rejects(twin.stop(), /the row is not committed/);
  });

  test(`${mode}: edits, unfurls, deletions and joins are told as Slack tells them`, async (t) => {
    const { twin, ana } = await stage(t, mode, (app) => app.event('message', async () => undefined));
    const one = ana.say('ops', 'see https://example.org');
    ana.unfurl(one, 'https://example.org');
    ana.edit(one, '@deckhand see it');
    ana.reply(one, 'and this');
    ana.delete(one);
    const two = ana.say('ops', 'never mind');
    ana.delete(two);
    twin.workspace.channel('late', { withApp: false });
    ana.invite('late');
    await twin.events.settled();
    assert.deepEqual(kinds(twin).sort(), [
      'app_mention',
      'member_joined_channel',
      'message',
      'message',
      'message',
      'message:channel_join',
      'message:message_changed',
      'message:message_changed',
      'message:message_changed',
      'message:message_deleted',
    ]);
    const [unfurl, edit, tombstone] = twin.events.attempts
      .map(({ envelope }) => eventOf(envelope))
      .filter((event) => event.subtype === 'message_changed')
      .map((event) => objectAt(event, 'message'));
    assert.equal(unfurl?.edited, undefined);
    assert.ok(objectsAt(unfurl ?? {}, 'attachments').length === 1);
    assert.ok(edit?.edited);
    assert.equal(tombstone?.subtype, 'tombstone');
  });

  test(`${mode}: a button, a command, a shortcut and a modal come to the app and back`, async (t) => {
    const { twin, ana, ops, app } = await stage(t, mode, (app) => {
      app.action('allow', async ({ ack, respond, body, client }) => {
        await ack();
        await respond({ text: 'Allowed', replace_original: true });
        if (!('trigger_id' in body)) return;
        const view = {
          type: 'modal' as const,
          callback_id: 'why',
          title: { type: 'plain_text' as const, text: 'Why?' },
          submit: { type: 'plain_text' as const, text: 'Say' },
          blocks: [
            {
              type: 'input' as const,
              block_id: 'why',
              label: { type: 'plain_text' as const, text: 'Why' },
              element: { type: 'plain_text_input' as const, action_id: 'reason' },
            },
          ],
        };
        await client.views.open({ trigger_id: body.trigger_id, view });
      });
      app.command('/deckhand', async ({ ack, command }) => ack(`listing ${command.text}`));
      app.shortcut('stop', async ({ ack, shortcut, client }) => {
        await ack();
        if (shortcut.type !== 'message_action') return;
        await client.reactions.add({
          channel: shortcut.channel.id,
          timestamp: shortcut.message_ts,
          name: 'stop',
        });
      });
      app.view('why', async ({ ack, view }) => {
        const reason = view.state.values.why?.reason?.value;
        await ack(
          reason === 'because' ? undefined : { response_action: 'errors', errors: { why: 'Say more' } },
        );
      });
    });
    const button = {
      type: 'button',
      action_id: 'allow',
      text: { type: 'plain_text', text: 'Allow once' },
    } as const;
    const card = await app.client.chat.postMessage({
      channel: ops,
      text: 'May I?',
      blocks: [{ type: 'actions', elements: [button] }],
    });
    const place = { channel: ops, ts: card.ts ?? '' };

    assert.ok((await ana.click(place, 'Allow once')).acknowledged);
    await twin.look.until('the card to settle', () => twin.look.posts(place)[0]?.text === 'Allowed');
    const modal = await twin.look.until('a modal', () => twin.look.modals()[0]);
    const short = await ana.submit(modal, { reason: 'no' });
    assert.deepEqual(short.acknowledged && objectAt({ body: short.body }, 'body').response_action, 'errors');
    assert.ok((await ana.submit(modal, { reason: 'because' })).acknowledged);

    await ana.slash('ops', '/deckhand', 'everything');
    assert.equal(twin.look.ephemerals(ana.id)[0]?.text, 'listing everything');

    assert.ok((await ana.shortcut(place, 'stop')).acknowledged);
    await twin.look.until('a reaction', () => twin.look.posts(place)[0]?.reactions.get('stop'));
    assert.throws(() => void ana.click(place, 'Allow once'), /no button "Allow once"/);
  });
}

test('socket: an event that nobody acknowledges comes again after 3 s, 1 min and 5 min, then is lost', async (t) => {
  const twin = await startSlackTwin({ frozenClock: true });
  t.after(() => twin.stop());
  const opened = await new webApi.WebClient(twin.appToken, {
    slackApiUrl: twin.apiUrl,
  }).apps.connections.open();
  const deaf = new WebSocket(opened.url ?? '');
  t.after(() => deaf.close());
  await twin.look.until('a connection', () => twin.sockets.connections === 1);
  twin.workspace.channel('ops');
  twin.workspace.user('ana').say('ops', 'hello?');
  for (const [attempts, ms] of [3_000, 3_000, 63_000, 303_000].entries()) {
    await twin.clock.advance(ms);
    await twin.look.until('an attempt', () => twin.events.attempts.length === attempts + 1);
  }
  await twin.look.until('the end', () => twin.events.lost.length === 1);
  assert.deepEqual(
    twin.events.attempts.map(({ envelope, answer }) => [
      envelope.attempt,
      envelope.retryReason,
      answer.acknowledged,
    ]),
    [
      [0, undefined, false],
      [1, 'http_timeout', false],
      [2, 'http_timeout', false],
      [3, 'http_timeout', false],
    ],
  );
});

test('http: an app that fails sees the event again with the number and the reason of the retry', async (t) => {
  let failures = 2;
  const { twin, ana } = await stage(t, 'http', (app) => {
    app.event('message', async () => {
      if (failures-- > 0) throw new Error('the database is down');
    });
  });
  ana.say('ops', 'hello');
  await twin.look.until('two attempts', () => twin.events.attempts.length === 2);
  await twin.clock.advance(60_000);
  await twin.events.settled();
  assert.deepEqual(
    twin.events.attempts.map(({ envelope, answer }) => [
      envelope.attempt,
      envelope.retryReason,
      answer.acknowledged,
    ]),
    [
      [0, undefined, false],
      [1, 'http_error', false],
      [2, 'http_error', true],
    ],
  );
});

test('socket: a renewed connection, copies and another order lose nothing', async (t) => {
  const texts: string[] = [];
  const { twin, ana } = await stage(t, 'socket', (app) => {
    app.event('message', async ({ event }) => void texts.push('text' in event ? (event.text ?? '') : ''));
  });
  twin.sockets.refresh();
  await twin.look.until('the old one to go', () => twin.sockets.connections === 0);
  await twin.look.until('a new one', () => twin.sockets.connections === 1);
  twin.switches.copies = 2;
  twin.switches.order = 'mention_first';
  ana.mention('ops', 'once');
  await twin.events.settled();
  assert.deepEqual(kinds(twin), ['app_mention', 'app_mention', 'message', 'message']);
  twin.switches.copies = 1;
  twin.events.hold();
  ana.say('ops', 'first');
  ana.say('ops', 'second');
  twin.events.release((held) => held.reverse());
  await twin.events.settled();
  assert.deepEqual(texts.slice(-2), ['second', 'first']);
});

test('socket: the eleventh connection is turned away', async (t) => {
  const twin = await startSlackTwin();
  t.after(() => twin.stop());
  const client = new webApi.WebClient(twin.appToken, { slackApiUrl: twin.apiUrl });
  const said: string[] = [];
  for (let count = 1; count <= 11; count += 1) {
    const { url = '' } = await client.apps.connections.open();
    const socket = new WebSocket(url);
    t.after(() => socket.close());
    said.push(
      await new Promise((done) => socket.addEventListener('message', ({ data }) => done(String(data)))),
    );
  }
  assert.equal(twin.sockets.connections, 10);
  assert.match(said.at(-1) ?? '', /too_many_websockets/);
});
