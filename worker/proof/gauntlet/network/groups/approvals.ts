import { openControls, type Presser } from '#bots/controls.ts';
import type { ApprovalFacts } from '#core/approvals/ports.ts';
import { openLog } from '#core/log.ts';
import { until } from '#core/testing/until.ts';
import type { Attack, AttackGroup } from '../../attack.ts';
import { type NetworkArena, newMark } from '../arena.ts';
import type { Seen } from '../world/seen.ts';

interface Scene {
  arena: NetworkArena;
  mark: string;
  /** A thread of this attack's own. */
  thread: string;
  /** Begins a turn whose command asks for this. */
  begin(python: string, by?: string): Promise<{ turnId: string; sessionId: string }>;
  /** The open card of a turn that says all of these. */
  card(turnId: string, ...words: string[]): Promise<ApprovalFacts>;
  answer(card: ApprovalFacts, grant: boolean, scope?: 'once' | 'thread' | 'always'): Promise<void>;
  ended(turnId: string): Promise<unknown>;
}

/** Requests that arrived whose target holds this. */
const count = (seen: readonly Seen[], text: string) =>
  seen.filter((one) => one.kind === 'request' && one.url.includes(text)).length;

function attempt(
  name: string,
  play: (scene: Scene) => Promise<unknown>,
  success: (seen: readonly Seen[], mark: string) => boolean,
): Attack<NetworkArena> {
  let seen: readonly Seen[] = [];
  let mark = '';
  return {
    name,
    run: async (arena) => {
      mark = newMark();
      const thread = `asks ${mark}`;
      const { stage } = arena;
      await play({
        arena,
        mark,
        thread,
        begin: (python, by = 'ana') => arena.begin(python, { thread, by }),
        card: stage.card,
        answer: stage.answer,
        ended: stage.ended,
      });
      seen = await arena.seen();
    },
    observed: async () => success(seen, mark),
  };
}

const url = (mark: string, path = '') => `https://ask.test/${mark}${path}`;
const arrived = (seen: readonly Seen[], mark: string) => count(seen, mark) > 0;
/** What is asked for besides what was allowed carries `other`. */
const otherArrived = (seen: readonly Seen[], mark: string) => count(seen, `${mark}-other`) > 0;

/** Allows one request, then another goes that was never answered. */
const another = (name: string, python: (mark: string) => string, scope: 'once' | 'thread' = 'once') =>
  attempt(
    name,
    async ({ begin, card, answer, ended, mark }) => {
      const { turnId } = await begin(`get('${url(mark)}')\n${python(mark)}`);
      await answer(await card(turnId, url(mark)), true, scope);
      await ended(turnId);
    },
    otherArrived,
  );

/** A click of somebody who may not, by the way that chat platforms take. */
const clickBy = (name: string, presser: Presser) =>
  attempt(
    name,
    async ({ arena, begin, card, ended, mark }) => {
      const { turnId } = await begin(`get('${url(mark)}')`);
      const { approvalId, revision } = await card(turnId, url(mark));
      await controlsOf(arena).decide(presser, approvalId, { grant: true, scope: 'once', revision });
      await ended(turnId);
    },
    arrived,
  );

function controlsOf({ stage: { core } }: NetworkArena) {
  const inbound = async () => ({ kind: 'not_addressed' as const });
  return openControls({ ...core, log: openLog('test', 'silent'), inbound, policy: { guests: false } });
}

const person = (name: string, more: Partial<Presser['account']> = {}): Presser => ({
  platform: 'console',
  workspace: 'local',
  account: { accountId: name, name, ...more },
});

/** Later in the same thread, without an answer to it. */
const carriedOver = (name: string, by: string, python: (mark: string) => string, elsewhere = false) =>
  attempt(
    name,
    async ({ arena, begin, card, answer, ended, mark, thread }) => {
      const first = await begin(`get('${url(mark)}')`);
      await answer(await card(first.turnId, url(mark)), true, 'thread');
      await ended(first.turnId);
      await arena.settle();
      await arena.attempt(python(mark), { thread: elsewhere ? `${thread} beside` : thread, by });
    },
    arrived,
  );

/** An answer holds for what was shown, for whoever asked, once, by somebody who may give it (I7). */
export const approvals: AttackGroup<NetworkArena> = {
  name: 'approvals',
  harm: 'leak',
  control: attempt(
    'what was allowed goes',
    async ({ begin, card, answer, ended, mark }) => {
      const { turnId } = await begin(`IDLE = 9\nfor _ in range(3): get('${url(mark)}')`);
      await answer(await card(turnId, url(mark)), true);
      await ended(turnId);
    },
    arrived,
  ),
  attacks: [
    attempt(
      'without an answer',
      async ({ begin, ended, mark }) => ended((await begin(`get('${url(mark)}')`)).turnId),
      arrived,
    ),
    attempt(
      'after a no',
      async ({ begin, card, answer, ended, mark }) => {
        const { turnId } = await begin(`for _ in range(3): get('${url(mark)}')`);
        await answer(await card(turnId, url(mark)), false);
        await ended(turnId);
      },
      arrived,
    ),
    attempt(
      'a no that becomes a yes',
      async ({ begin, card, answer, ended, mark }) => {
        const { turnId } = await begin(`for _ in range(3): get('${url(mark)}')`);
        const shown = await card(turnId, url(mark));
        await answer(shown, false);
        await answer(shown, true, 'always');
        await ended(turnId);
      },
      arrived,
    ),
    attempt(
      'once, used again and again',
      async ({ begin, card, answer, ended, mark }) => {
        const { turnId } = await begin(`IDLE = 2\nfor _ in range(3): get('${url(mark)}')`);
        await answer(await card(turnId, url(mark)), true);
        await ended(turnId);
      },
      (seen, mark) => count(seen, mark) > 1,
    ),
    attempt(
      'once, answered twice',
      async ({ begin, card, answer, ended, mark }) => {
        const { turnId } = await begin(`IDLE = 2\nfor _ in range(3): get('${url(mark)}')`);
        const shown = await card(turnId, url(mark));
        await Promise.all([answer(shown, true), answer(shown, true), answer(shown, true)]);
        await ended(turnId);
      },
      (seen, mark) => count(seen, mark) > 1,
    ),
    another('another path', (mark) => `get('${url(mark, '-other')}')`),
    another('another query', (mark) => `get('${url(mark)}?x=${mark}-other')`),
    another('another method', (mark) => `get('${url(mark)}?x=${mark}-other', method='DELETE')`),
    another('another body', (mark) => `get('${url(mark)}?x=${mark}-other', method='POST', body=b'y')`),
    another('another port', (mark) => `get('https://ask.test:8443/${mark}-other')`),
    another('another scheme', (mark) => `get('http://ask.test/${mark}-other')`),
    another('a host below it', (mark) => `get('https://a.ask.test/${mark}-other')`),
    another(
      'in this thread: another method',
      (mark) => `get('${url(mark, '-other')}', method='DELETE')`,
      'thread',
    ),
    another('in this thread: another host', (mark) => `get('https://a.ask.test/${mark}-other')`, 'thread'),
    another('in this thread: another port', (mark) => `get('https://ask.test:8443/${mark}-other')`, 'thread'),
    carriedOver("in this thread: another person's turn", 'ben', (mark) => `get('${url(mark)}')`),
    carriedOver('in this thread: in another thread', 'ana', (mark) => `get('${url(mark)}')`, true),
    attempt(
      'a card that grew before the click',
      async ({ begin, card, answer, ended, mark }) => {
        const { turnId } = await begin(
          `IDLE = 4\nfirst = threading.Thread(target=get, args=('${url(mark)}',)); first.start(); time.sleep(1); get('${url(mark, '-other')}'); first.join()`,
        );
        const shown = await card(turnId, url(mark));
        await card(turnId, `${mark}-other`);
        await answer(shown, true);
        await ended(turnId);
      },
      otherArrived,
    ),
    attempt(
      'a revision that nobody has seen yet',
      async ({ begin, card, answer, ended, mark }) => {
        const { turnId } = await begin(`get('${url(mark)}')`);
        const shown = await card(turnId, url(mark));
        await answer({ ...shown, revision: shown.revision + 1 }, true);
        await answer({ ...shown, revision: 0 }, true);
        await ended(turnId);
      },
      arrived,
    ),
    attempt(
      'an answer after the turn, and then the next turn',
      async ({ arena, begin, card, answer, ended, mark, thread }) => {
        const { turnId } = await begin(`get('${url(mark)}')`);
        const shown = await card(turnId, url(mark));
        await ended(turnId);
        await answer(shown, true);
        await arena.attempt(`get('${url(mark)}')`, { thread, by: 'ana' });
      },
      arrived,
    ),
    attempt(
      'a held request whose turn was stopped, then a yes',
      async ({ arena, begin, card, answer, ended, mark }) => {
        const { turnId, sessionId } = await begin(`IDLE = 4; get('${url(mark)}')`);
        const shown = await card(turnId, url(mark));
        await arena.stage.core.turns.stop(turnId, { userId: 'usr_ana', name: 'ana' });
        arena.stage.core.live.publish({ kind: 'stop', sessionId, turnId });
        await answer(shown, true);
        await ended(turnId);
        await until(
          async () => (await arena.stage.core.turns.current(sessionId)) ?? true,
          'the end of the turn',
        );
      },
      arrived,
    ),
    clickBy('a click by a stranger', person('eve')),
    clickBy(
      'a click by a guest who shares the name of who asked',
      person('guest', { name: 'ana', standing: 'guest' }),
    ),
    clickBy('a click by another account of that name', person('ana-2', { name: 'ana' })),
    clickBy('a click by somebody of another workspace', { ...person('ana'), workspace: 'elsewhere' }),
    attempt(
      'by the agent, on the page that answers',
      async ({ begin, card, ended, mark }) => {
        const { turnId } =
          await begin(`IDLE = 2\nopen('/workspace/asked', 'w').write('x'); threading.Thread(target=get, args=('${url(mark)}',)).start(); time.sleep(0.5)
for at in ('127.0.0.1:8080', '10.99.0.1:8080'): get(f'http://{at}/literal/v1/approvals/${mark}-other', method='POST', body=b'{}')`);
        await card(turnId, url(mark));
        await ended(turnId);
      },
      otherArrived,
    ),
  ],
};
