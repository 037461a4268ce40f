import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { openStage, type Stage } from '#bots/http/testing/stage.ts';
import { lastFirst, type Releases } from '#core/testing/last-first.ts';

/** A page in a real browser, and what the browser complained about. */
export interface OpenPage {
  page: Page;
  stage: Stage;
  /** Errors of scripts, refused sources, failed requests: a test ends with none. */
  complaints: string[];
  /** Keeps a picture in `artefacts/`, for people to look at. */
  picture(name: string): Promise<void>;
}

const flags =
  '--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** The page in a browser of its own, on a stage of its own or a given one; not signed in yet. */
export async function openPage(
  t: Releases,
  options: BrowserContextOptions = {},
  given?: Stage,
): Promise<OpenPage> {
  const releases = lastFirst(t);
  const stage = given ?? (await openStage(releases));
  const browser = await launch(releases);
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (fault) => complaints.push(fault.message));
  page.on('console', (message) => {
    // What becomes of this machine's networks meanwhile, as other programs come and go, is no fault of the page.
    if (message.type() === 'error' && !message.text().includes('ERR_NETWORK_CHANGED'))
      complaints.push(message.text());
  });
  return { page, stage, complaints, picture: (name) => picture(page, name) };
}

async function launch(releases: Releases): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags.split(' ') });
  releases.after(() => browser.close());
  return browser;
}

async function picture(page: Page, name: string): Promise<void> {
  await mkdir('artefacts', { recursive: true });
  await page.screenshot({ path: join('artefacts', `${name}.png`) });
}

/** Signs in the way a person does: opens the link, presses the button. */
export async function signIn({ page, stage }: OpenPage): Promise<void> {
  const token = await stage.core.credentials.createSignInLink(stage.owner.userId, 60_000);
  await page.goto(`${stage.url}/sign-in?token=${token}`);
  await page.getByRole('button', { name: 'Come aboard' }).click();
  await page.getByRole('heading', { name: 'What needs doing?' }).waitFor();
}

/** Writes into the composer and presses Enter. */
export async function send({ page }: OpenPage, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message to Deckhand' }).fill(text);
  await page.keyboard.press('Enter');
}

/** The entries of the open thread, without what is only said aloud. */
export function logOf(page: Page): Locator {
  return page.getByRole('region', { name: 'Log of this thread' });
}

/** In the page, where the function below runs. */
declare const document: { title: string };

/** Waits for the tab's title. */
export async function titleBecomes(page: Page, pattern: RegExp): Promise<void> {
  const fits = ({ source }: { source: string }) => new RegExp(source).test(document.title);
  await page.waitForFunction(fits, { source: pattern.source });
}
