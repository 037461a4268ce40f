import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OpenPage, openPage, signIn } from './testing/browser.ts';
import { everyView, furnish, there, visit } from './testing/pages.ts';

/** The description of the API has hundreds of places to go to; what holds for the first holds for all. */
const most = 60;

const collect = `window.stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
  .filter((one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility({ visibilityProperty: true })); stops.length`;

const look = `(() => {
  const one = document.activeElement;
  // A field or a hidden file input is marked by the frame around it.
  const marked = [one, one.closest(':is(.field, .attach):focus-within')].some((each) => {
    if (!each) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(each);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  });
  const { top, bottom, left, right } = one.getBoundingClientRect();
  return {
    place: stops.indexOf(one),
    name: one.outerHTML.slice(0, 120),
    marked,
    inView: bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
  };
})()`;

interface Stop {
  place: number;
  name: string;
  marked: boolean;
  inView: boolean;
}

/** Presses Tab from the top of the page on; every place must be reached in the order it stands, marked and in view. */
async function walk({ page }: OpenPage, where: string): Promise<void> {
  const all = Number(await page.evaluate(collect));
  assert.ok(all > 5, `${where} has ${all} places to go to`);
  for (let place = 0; place < Math.min(all, most); place += 1) {
    await page.keyboard.press('Tab');
    const stop = (await page.evaluate(look)) as Stop;
    assert.equal(stop.place, place, `${where}: Tab number ${place + 1} of ${all} went to ${stop.name}`);
    assert.ok(stop.marked, `${where}: nothing shows that this has the focus: ${stop.name}`);
    assert.ok(stop.inView, `${where}: this has the focus out of sight: ${stop.name}`);
  }
}

test('every page is walked through by Tab: all of it, in order, with the focus to be seen', async (t) => {
  const open = await openPage(t);
  await signIn(open);
  const session = await furnish(open);
  for (const view of everyView(session)) {
    await open.page.goto(`${open.stage.url}${view.path}`);
    await there(open, view);
    await walk(open, view.path);
  }
});

/** Presses Tab until what has this name has the focus. */
async function tabTo({ page }: OpenPage, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate('document.activeElement.textContent.trim()')) === name) return;
  }
  assert.fail(`Tab does not reach ${name}`);
}

test('I7: a question is answered on the approvals page by keyboard alone', async (t) => {
  const open = await openPage(t);
  await signIn(open);
  await furnish(open);
  await visit(open, '/approvals', 'Approvals');
  await open.page.getByRole('button', { name: 'Deny' }).waitFor();
  await tabTo(open, 'Deny');
  await open.page.keyboard.press('Enter');
  await open.page.getByText('Nothing waits for an answer').waitFor();
  const { body } = await open.stage.call('GET', '/v1/approvals?state=settled');
  assert.equal(body.approvals[0].state, 'denied');
});

test('the first Tab offers to pass over the menu; on a phone Escape closes it, and the focus is back where it was opened', async (t) => {
  const open = await openPage(t, { viewport: { width: 360, height: 740 } });
  const { page } = open;
  await signIn(open);
  await visit(open, '/sessions', 'Sessions');
  await page.keyboard.press('Tab');
  await page.getByRole('link', { name: 'To the page' }).waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate('document.activeElement.id'), 'main');
  const menu = page.getByRole('button', { name: 'Menu' });
  await menu.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Approvals' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Approvals' }).waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate('document.activeElement.getAttribute("aria-label")'), 'Menu');
});
