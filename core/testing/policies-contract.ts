import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '#core/ids.ts';
import { decide, layersOf } from '#core/policy/decide.ts';
import { defaultSystemPolicy } from '#core/policy/default-system.ts';
import type { Policies } from '#core/policy/ports.ts';
import { canonicalRequest } from '#core/policy/request.ts';

const allowing = (host: string) => `format: 1\nrules:\n  - { effect: allow, host: ${host} }\n`;
const by = 'usr_admin';

/** What every store of policies keeps to; `open` gives an empty one, since all share the system's document. */
export function policiesContract(store: string, open: () => Promise<Policies>): void {
  proposalsContract(store, open);
  const people = () => ({ workspaceId: newId('wsp'), userId: newId('usr'), sessionId: newId('ses') });
  const system = { layer: 'system', owner: '' } as const;
  const request = canonicalRequest({
    method: 'GET',
    scheme: 'https',
    authority: 'a.example',
    target: '/',
  });

  test(`${store}: without any saved document the one that came with Deckhand asks for everything`, async () => {
    const policies = await open();
    const layers = await policies.layersFor(people());
    assert.deepEqual(
      layers.map(({ layer, version }) => [layer, version]),
      [['system', 0]],
    );
    assert.equal(decide(request, { system: layers[0] as (typeof layers)[0] }).effect, 'ask');
    const [shipped] = await policies.history(system, 10);
    assert.deepEqual([shipped?.text, shipped?.savedBy], [defaultSystemPolicy, null]);
  });

  test(`${store}: a turn gets the newest document of the system, its workspace and its author, and of nobody else`, async () => {
    const policies = await open();
    const of = people();
    await policies.save(system, allowing('system.example'), by);
    await policies.save({ layer: 'workspace', owner: of.workspaceId }, allowing('one.example'), by);
    await policies.save({ layer: 'workspace', owner: of.workspaceId }, allowing('two.example'), by);
    await policies.save({ layer: 'user', owner: of.userId }, allowing('mine.example'), by);
    await policies.save({ layer: 'user', owner: newId('usr') }, allowing('theirs.example'), by);
    const layers = await policies.layersFor(of);
    const seen = layers.map(({ layer, version, rules }) => [layer, version, rules[0]?.host]);
    const name = (host: string) => [{ kind: 'name', host }];
    assert.deepEqual(
      seen.sort(([one], [other]) => String(one).localeCompare(String(other))),
      [
        ['system', 1, name('system.example')],
        ['user', 1, name('mine.example')],
        ['workspace', 2, name('two.example')],
      ],
    );
  });

  test(`${store}: a mistake is refused with its line, and the old document stays`, async () => {
    const policies = await open();
    const of = { layer: 'user', owner: newId('usr') } as const;
    const kept = await policies.save(of, allowing('a.example'), by);
    await assert.rejects(
      policies.save(of, 'format: 1\nrules:\n  - { effect: alow, host: a.example }\n', by),
      {
        code: 'policy_invalid',
        message: /line 3: rules\[1\]\.effect should be allow, ask or deny/,
      },
    );
    await assert.rejects(
      policies.save(
        { layer: 'workspace', owner: newId('wsp') },
        `${allowing('a')}  - { effect: allow, host: b, ranges: office }\n`,
        by,
      ),
      { message: /office is not defined/ },
    );
    assert.deepEqual(await policies.current(of), kept);
  });

  test(`${store}: a range that the system drops later opens nothing and breaks nobody's document`, async () => {
    const policies = await open();
    const of = people();
    await policies.save(system, 'format: 1\nranges: { office: 10.0.0.0/8 }\n', by);
    const workspace = { layer: 'workspace', owner: of.workspaceId } as const;
    await policies.save(
      workspace,
      'format: 1\nrules: [{ effect: allow, host: a.example, ranges: office }]\n',
      by,
    );
    const opened = async () => {
      const layers = await policies.layersFor(of);
      return decide(request, layersOf(layers)).opened.map(({ text }) => text);
    };
    assert.deepEqual(await opened(), ['10.0.0.0/8']);
    await policies.save(system, 'format: 1\n', by);
    assert.deepEqual(await opened(), []);
  });

  test(`${store}: of two who edit the same version the second is told; the same text makes no version`, async () => {
    const policies = await open();
    const of = { layer: 'user', owner: newId('usr') } as const;
    const edits = ['a.example', 'b.example'].map((host) => policies.save(of, allowing(host), by, 0));
    const done = await Promise.allSettled(edits);
    assert.deepEqual(done.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const now = await policies.current(of);
    assert.equal((await policies.save(of, now?.text ?? '', by)).version, 1);
    await assert.rejects(policies.save(of, allowing('c.example'), by, 0), { code: 'policy_changed' });
  });

  test(`${store}: an earlier version comes back as a new one, the system's first one too`, async () => {
    const policies = await open();
    const of = { layer: 'user', owner: newId('usr') } as const;
    await policies.save(of, allowing('a.example'), by);
    await policies.save(of, allowing('b.example'), 'usr_other');
    const back = await policies.revert(of, 1, by);
    assert.deepEqual([back.version, back.text, back.savedBy?.userId], [3, allowing('a.example'), by]);
    assert.deepEqual(
      (await policies.history(of, 2)).map(({ version, savedBy }) => [version, savedBy?.userId]),
      [
        [3, by],
        [2, 'usr_other'],
      ],
    );
    await assert.rejects(policies.revert(of, 9, by), { code: 'policy_missing' });
    await policies.save(system, allowing('a.example'), by);
    assert.equal((await policies.revert(system, 0, by)).text, defaultSystemPolicy);
  });
}

/** Changes that somebody else decides. */
function proposalsContract(store: string, open: () => Promise<Policies>): void {
  test(`${store}: a proposal is applied once, by whoever is first, and shows who`, async () => {
    const policies = await open();
    const of = { layer: 'user', owner: newId('usr') } as const;
    await policies.save(of, '# Mine.\nformat: 1\nrules:\n  - { effect: ask, host: "*.example" }\n', by);
    const rule = '{ effect: allow, host: a.example, methods: [GET] }';
    const proposal = await policies.propose({ ...of, change: { rule }, why: 'npm', by, from: 'apr_1' });
    assert.deepEqual((await policies.proposal(proposal.proposalId))?.state, 'open');
    const open1 = (await policies.openProposals()).map(({ proposalId }) => proposalId);
    assert.ok(open1.includes(proposal.proposalId));
    const done = await Promise.allSettled([
      policies.apply(proposal.proposalId, 'usr_one'),
      policies.apply(proposal.proposalId, 'usr_two'),
    ]);
    assert.deepEqual(done.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const now = await policies.current(of);
    assert.equal(now?.version, 2);
    assert.match(
      now?.text ?? '',
      /^# Mine\.[\s\S]*allow[\s\S]*ask/,
      'before the rule that asked, comments and all',
    );
    const settled = await policies.proposal(proposal.proposalId);
    assert.deepEqual(
      [settled?.state, settled?.appliedVersion, settled?.proposedFrom],
      ['applied', 2, 'apr_1'],
    );
    assert.equal(settled?.decidedBy?.userId, now?.savedBy?.userId);
    assert.equal(await policies.drop(proposal.proposalId, by), false);
  });

  test(`${store}: a proposal that could not be applied is not taken; a dropped one changes nothing`, async () => {
    const policies = await open();
    const of = { layer: 'workspace', owner: newId('wsp') } as const;
    const propose = (change: { rule: string } | { text: string }) =>
      policies.propose({ ...of, change, why: 'because', by });
    await assert.rejects(propose({ rule: '{ effect: allow }' }), { code: 'policy_invalid' });
    await assert.rejects(propose({ text: 'format: 2' }), { code: 'policy_invalid' });
    const { proposalId } = await propose({ text: allowing('a.example') });
    assert.equal(await policies.drop(proposalId, by), true);
    await assert.rejects(policies.apply(proposalId, by), { code: 'proposal_settled' });
    assert.equal(await policies.current(of), null);
  });
}
