import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { readTestSettings } from '#core/config.ts';
import { answers, postWith } from '#core/testing/chat-contract/watch.ts';
import { openSlackStage } from './stage.ts';
import { threadPage } from './thread-page.ts';

/** Draws the README's thread from a real run against the twin: `node bots/slack/testing/picture.ts`. */
const file = join(import.meta.dirname, '../../../docs/images/slack-thread.png');
await using owned = new AsyncDisposableStack();
const stage = await openSlackStage({ after: (release) => void owned.defer(release) }, 'socket');
const ana = await stage.person('ana');
const asked = await ana.mention('careful $ pg_upgrade --check --old-bindir /usr/lib/postgresql/17/bin');
const card = await postWith(stage, asked, 'pg_upgrade');
await ana.press(asked, card, 'Allow once');
await answers(stage, asked, 1);
await ana.reply(asked, 'steps 4');
await answers(stage, asked, 2);
await ana.reply(asked, 'careful $ systemctl restart postgresql');
await postWith(stage, asked, /systemctl restart/);
const [channel = '', ts = ''] = asked.thread.split('/');
const html = threadPage(stage.twin, { channel, ts });
const browser = await chromium.launch({
  executablePath: readTestSettings().DECKHAND_TEST_CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
owned.defer(() => browser.close());
const page = await browser.newPage({ viewport: { width: 768, height: 600 }, deviceScaleFactor: 2 });
await page.setContent(html);
await page.screenshot({ path: file, fullPage: true });
