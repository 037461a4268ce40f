import { sha256 } from '#core/events/canonical.ts';
import type { Stack } from './stack.ts';

/** Containers of sandboxes that are still there; with `remove` they go, and the workspaces of this stack as well. */
export async function leftBehind(
  { engine, home }: Pick<Stack, 'engine' | 'home'>,
  { remove = false } = {},
): Promise<string[]> {
  // As worker/main.ts names what it makes.
  const filters = { label: [`deckhand.instance=${sha256(home).slice(0, 12)}`] };
  const containers = await engine.listContainers({ all: true, filters });
  if (remove) {
    for (const { Id } of containers) await engine.getContainer(Id).remove({ force: true });
    const { Volumes } = await engine.listVolumes({ filters });
    for (const { Name } of Volumes ?? []) await engine.getVolume(Name).remove();
  }
  return containers.map(({ Names }) => Names.join());
}
