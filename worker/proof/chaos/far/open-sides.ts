import type { Synapse } from '#bots/matrix/testing/synapse.ts';
import type { PlaceName } from '../places.ts';
import type { Dice } from '../random.ts';
import { type FindBots, openConsoleSide } from './console.ts';
import { openDiscordSide } from './discord.ts';
import type { FarSide } from './far-side.ts';
import { openMatrixSide } from './matrix.ts';
import { openSlackSide } from './slack.ts';

/** The far sides of a run, one for each place; put down with `owned`. */
export async function openSides(
  names: readonly PlaceName[],
  {
    synapse,
    findBots,
    dice,
    people,
  }: { synapse: Synapse | null; findBots: FindBots; dice: Dice; people: readonly string[] },
  owned: AsyncDisposableStack,
): Promise<Map<PlaceName, FarSide>> {
  const sides = new Map<PlaceName, FarSide>();
  for (const name of names) {
    if (name === 'console') sides.set(name, await openConsoleSide(findBots, owned));
    else if (name === 'slack') sides.set(name, await openSlackSide(dice, owned));
    else if (name === 'discord') sides.set(name, await openDiscordSide(dice, owned));
    else if (synapse) sides.set(name, await openMatrixSide(synapse, dice, people, owned));
    else throw new Error('Matrix needs a homeserver');
  }
  return sides;
}
