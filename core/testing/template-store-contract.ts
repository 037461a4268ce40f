import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '#core/ids.ts';
import type { TemplateSlot, TemplateStore } from '#core/templates/ports.ts';

/** What every template store keeps to; `open` gives one that other tests may use at the same time. */
export function templateStoreContract(name: string, open: () => Promise<TemplateStore>): void {
  const people = () => ({ workspaceId: newId('wsp'), userId: newId('usr') });

  test(`${name}: versions saved at once are numbered one after the other, and none is lost`, async () => {
    const store = await open();
    const { userId } = people();
    const slot: TemplateSlot = { layer: 'user', ownerId: userId, name: 'mine' };
    const texts = Array.from({ length: 8 }, (_, n) => `text ${n}`);
    const given = await Promise.all(texts.map((text) => store.add(slot, text, userId)));
    assert.deepEqual(given.toSorted(), [1, 2, 3, 4, 5, 6, 7, 8]);
    const kept = await store.versions(slot);
    assert.deepEqual(
      kept.map(({ version }) => version),
      [8, 7, 6, 5, 4, 3, 2, 1],
    );
    assert.deepEqual(kept.map(({ text }) => text).toSorted(), texts);
  });

  test(`${name}: a reader is shown the newest of each own layer, and nobody else's`, async () => {
    const store = await open();
    const [ana, ben] = [people(), people()];
    const layers = (who: typeof ana): TemplateSlot[] => [
      { layer: 'workspace', ownerId: who.workspaceId, name: 'shared' },
      { layer: 'user', ownerId: who.userId, name: 'shared' },
    ];
    for (const who of [ana, ben])
      for (const slot of layers(who))
        for (const text of ['old', `new of ${who.userId}`]) await store.add(slot, text, who.userId);
    const seen = await store.newest(ana, 'shared');
    assert.deepEqual(seen.map(({ layer, version, text }) => `${layer} ${version} ${text}`).toSorted(), [
      `user 2 new of ${ana.userId}`,
      `workspace 2 new of ${ana.userId}`,
    ]);
    assert.deepEqual(await store.newest(ana, 'other'), []);
  });

  test(`${name}: a layer's word that is taken back stays in its history`, async () => {
    const store = await open();
    const { userId, workspaceId } = people();
    const slot: TemplateSlot = { layer: 'user', ownerId: userId, name: 'gone' };
    await store.add(slot, 'text', userId);
    assert.equal(await store.add(slot, null, userId), 2);
    assert.deepEqual(
      (await store.newest({ workspaceId, userId }, 'gone')).map(({ text }) => text),
      [null],
    );
    assert.deepEqual(
      (await store.versions(slot)).map(({ text }) => text),
      [null, 'text'],
    );
  });

  test(`${name}: a channel's choice is replaced and taken back without touching another's`, async () => {
    const store = await open();
    const { userId, workspaceId } = people();
    await store.choose({ workspaceId, channel: null }, 'assistant', userId);
    await store.choose({ workspaceId, channel: 'ops' }, 'research', userId);
    await store.choose({ workspaceId, channel: 'ops' }, 'infra', userId);
    assert.deepEqual(await store.choices(workspaceId), [
      { channel: null, template: 'assistant' },
      { channel: 'ops', template: 'infra' },
    ]);
    await store.choose({ workspaceId, channel: 'ops' }, null, userId);
    assert.deepEqual(await store.choices(workspaceId), [{ channel: null, template: 'assistant' }]);
  });
}
