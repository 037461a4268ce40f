import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { readTestSettings } from '#core/config.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { type Pictured, platforms } from './pictured.ts';
import { threadPage } from './thread-page.ts';

/** Draws the threads of README and guides from real runs: `node bots/testing/pictures.ts [slack] [discord] [matrix]`. */
const folder = join(import.meta.dirname, '../../docs/images');
const wanted = process.argv.slice(2);
await using owned = new AsyncDisposableStack();
const releases: Releases = { after: (release) => void owned.defer(release) };
const browser = await chromium.launch({
  executablePath: readTestSettings().DECKHAND_TEST_CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
owned.defer(() => browser.close());
for (const [name, tell] of Object.entries(platforms) as [string, Pictured][]) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const page = await browser.newPage({ viewport: { width: 768, height: 600 }, deviceScaleFactor: 2 });
  await page.setContent(threadPage(await tell(releases)));
  await page.screenshot({ path: join(folder, `${name}-thread.png`), fullPage: true });
}
