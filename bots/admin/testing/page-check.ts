import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page, Response } from 'playwright-core';
import { axeFindings } from './axe.ts';
import type { OpenPage } from './browser.ts';

/** What a visit to one page costs and what is wrong with it: what Lighthouse looks at, as far as no network is needed. */
export interface PageCheck {
  path: string;
  /** From the request to the first words on the screen, and to the largest of what came last. Medians. */
  paintMs: number;
  viewMs: number;
  /** What scripts held the page up beyond 50 ms each. Median. */
  blockedMs: number;
  /** How far things moved by themselves, as the browser scores it: 0.1 is called good. The worst. */
  shift: number;
  /** Of a first visit: all requests, and kB (1,000 bytes) of script on the wire and of all there is. */
  requests: number;
  scriptKb: number;
  totalKb: number;
  /** kB of files that a second visit reads anew. */
  againKb: number;
  /** In words; empty where all is well. */
  faults: string[];
}

interface Visit {
  paintMs: number;
  viewMs: number;
  blockedMs: number;
  shift: number;
  resources: { name: string; size: number }[];
  document: number;
}

/** Runs in the page before its scripts: the browser tells these things only to those who ask early. */
const watch = `
  window.seen = { shift: 0, viewMs: 0, blockedMs: 0 };
  const hear = (type, each) => new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  hear('layout-shift', (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
  hear('largest-contentful-paint', (entry) => { seen.viewMs = entry.startTime; });
  hear('longtask', (entry) => { seen.blockedMs += Math.max(0, entry.duration - 50); });`;

const read = `({
  ...seen,
  paintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity,
  document: performance.getEntriesByType('navigation')[0].transferSize,
  resources: performance.getEntriesByType('resource').map(({ name, transferSize }) => ({ name, size: transferSize })),
})`;

/** Two frames, after which what was drawn last has been reported. */
const drawn =
  'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))';

/** Once for a browser's page, before its first visit. */
export async function watchVisits({ page }: OpenPage): Promise<void> {
  await page.addInitScript(watch);
}

/** Visits `url` as for the first time, `times` times, then once more; `ready` waits until what is to be seen is there. */
export async function checkPage(
  { page, complaints }: OpenPage,
  url: string,
  ready: () => Promise<unknown>,
  times: number,
): Promise<PageCheck> {
  const browser = await page.context().newCDPSession(page);
  const complainedBefore = complaints.length;
  let answers: Response[] = [];
  const hear = (response: Response) => void answers.push(response);
  page.on('response', hear);
  const visits: Visit[] = [];
  for (let time = 0; time < times; time += 1) {
    await browser.send('Network.clearBrowserCache');
    answers = [];
    visits.push(await visit(page, url, ready));
  }
  page.off('response', hear);
  await browser.detach();
  const faults = [
    ...(await headFaults(page)),
    ...answers.flatMap((answer) => answerFaults(answer)),
    ...(await axeFindings(page)),
  ];
  const again = await visit(page, url, ready);
  const first = visits[0] ?? again;
  return {
    path: new URL(url).pathname,
    paintMs: median(visits.map(({ paintMs }) => paintMs)),
    viewMs: median(visits.map(({ viewMs }) => viewMs)),
    blockedMs: median(visits.map(({ blockedMs }) => blockedMs)),
    shift: Math.max(...visits.map(({ shift }) => shift)),
    requests: first.resources.length + 1,
    scriptKb: kb(first.resources.filter(({ name }) => name.endsWith('.js'))),
    totalKb: kb(first.resources) + first.document / 1000,
    againKb: kb(again.resources.filter(({ name }) => isFile(name))),
    faults: [...faults, ...complaints.slice(complainedBefore)],
  };
}

/** The same browser's first paint of a page of one word, from a server that does nothing else: the floor of `paintMs`. */
export async function barePaintMs({ page }: OpenPage, times: number): Promise<number> {
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html').end('<!doctype html><title>Bare</title><h1>Bare</h1>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const paints: number[] = [];
  for (let time = 0; time < times; time += 1) paints.push((await visit(page, url, async () => {})).paintMs);
  server.closeAllConnections();
  server.close();
  return median(paints);
}

async function visit(page: Page, url: string, ready: () => Promise<unknown>): Promise<Visit> {
  await page.goto(url);
  await ready();
  await page.evaluate(drawn);
  return (await page.evaluate(read)) as Visit;
}

/** What a file's answer must carry, so that it is small, read once, and nothing but what it says it is. */
function answerFaults(answer: Response): string[] {
  const headers = answer.headers();
  const { pathname } = new URL(answer.url());
  const wrong = (what: string) => `${pathname}: ${what}`;
  const faults: string[] = [];
  if (answer.status() >= 400) faults.push(wrong(`answered ${answer.status()}`));
  if (headers['x-content-type-options'] !== 'nosniff') faults.push(wrong('may be taken for another type'));
  if (!headers['cache-control']) faults.push(wrong('says nothing of caches'));
  if (!isFile(pathname)) return faults;
  if (!headers.etag) faults.push(wrong('has no ETag: it is read anew each time'));
  if (headers['content-encoding'] !== 'gzip') faults.push(wrong('is not compressed'));
  return faults;
}

/** What stands at the head of the document. */
async function headFaults(page: Page): Promise<string[]> {
  const head = (await page.evaluate(`({
    doctype: document.doctype?.name,
    lang: document.documentElement.lang,
    title: document.title,
    charset: document.characterSet,
    viewport: document.querySelector('meta[name=viewport]')?.content ?? '',
    headings: document.querySelectorAll('h1').length,
  })`)) as Record<'doctype' | 'lang' | 'title' | 'charset' | 'viewport', string> & { headings: number };
  return [
    head.doctype === 'html' ? '' : 'no doctype: the browser draws as of old',
    head.lang ? '' : 'no language is named',
    head.title ? '' : 'no title',
    head.charset === 'UTF-8' ? '' : `charset ${head.charset}`,
    head.viewport.includes('width=device-width') ? '' : 'no viewport for phones',
    /user-scalable=no|maximum-scale/.test(head.viewport) ? 'cannot be enlarged' : '',
    head.headings === 1 ? '' : `${head.headings} main headings`,
  ].filter((fault) => fault !== '');
}

const isFile = (address: string) => /\.(js|css|svg)$/.test(address);

const kb = (resources: { size: number }[]) => resources.reduce((sum, { size }) => sum + size, 0) / 1000;

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
