import { openPage, signIn } from '#bots/admin/testing/browser.ts';
import { barePaintMs, checkPage, type PageCheck, watchVisits } from '#bots/admin/testing/page-check.ts';
import { everyView, furnish, there } from '#bots/admin/testing/pages.ts';
import { atMost, type Found, rounded, told } from '../metric.ts';

const times = 5;

/**
 * First visits of every page, with something on it, in a real browser on this machine: what Lighthouse would look at
 * without a network. Says a line for each page; the metrics are of the worst one. The scripted worker, the database's
 * client and the server are one process.
 */
export async function benchPage(say: (what: string) => void): Promise<Found[]> {
  await using owned = new AsyncDisposableStack();
  const open = await openPage({ after: (release) => void owned.defer(release) });
  await watchVisits(open);
  await signIn(open);
  const session = await furnish(open);
  const floor = rounded(await barePaintMs(open, times));
  const found: PageCheck[] = [];
  for (const view of everyView(session)) {
    const check = await checkPage(open, `${open.stage.url}${view.path}`, () => there(open, view), times);
    found.push(check);
    say(lineOf(check));
    for (const fault of check.faults) say(`  ✗ ${fault}`);
  }
  const worst = (of: (check: PageCheck) => number) => rounded(Math.max(...found.map(of)));
  return [
    { ...told({ metric: 'first paint', value: worst((one) => one.paintMs), unit: 'ms' }), floor },
    { ...atMost({ metric: 'first view', value: worst((one) => one.viewMs), unit: 'ms' }, 200), floor },
    told({ metric: 'held up by scripts', value: worst((one) => one.blockedMs), unit: 'ms' }),
    atMost({ metric: 'layout shift', value: worst((one) => one.shift), unit: '' }, 0.1),
    atMost({ metric: 'script on the wire', value: worst((one) => one.scriptKb), unit: 'kB' }, 150),
    told({ metric: 'all on the wire', value: worst((one) => one.totalKb), unit: 'kB' }),
    told({ metric: 'files on the wire, second visit', value: worst((one) => one.againKb), unit: 'kB' }),
    told({ metric: 'requests', value: worst((one) => one.requests), unit: '' }),
    atMost({ metric: 'findings', value: worst((one) => one.faults.length), unit: '' }, 0),
  ];
}

function lineOf(check: PageCheck): string {
  const { path, paintMs, viewMs, blockedMs, shift, requests, scriptKb, totalKb, againKb, faults } = check;
  const name = path.replace(/^(\/sessions\/).+$/, '$1…');
  return [
    `${name.padEnd(12)} paint ${Math.round(paintMs)} ms, view ${Math.round(viewMs)} ms, held up ${Math.round(blockedMs)} ms`,
    `shift ${shift.toFixed(3)}, ${requests} requests, ${Math.round(scriptKb)} kB of script, ${Math.round(totalKb)} kB in all`,
    `again ${againKb.toFixed(1)} kB, ${faults.length} findings`,
  ].join(', ');
}
