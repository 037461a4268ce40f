import type { Person } from './person.ts';
import type { MatrixStage } from './stage.ts';
import type { Synapse } from './synapse.ts';

/** Two rooms with more people than two; whoever is asked for comes into both. The first asks in one, all others in the other. */
export async function openRooms(stage: MatrixStage, synapse: Synapse) {
  const host = await synapse.person('host');
  const guest = await synapse.person('guest');
  const rooms: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    const room = await stage.roomWith(host, { invite: [stage.bot.userId, guest.userId] });
    await guest.join(room);
    rooms.push(room);
  }
  const people = new Map<string, Promise<Person>>();
  const homes = new Map<string, string>();

  async function enter(name: string): Promise<Person> {
    const person = await synapse.person(name);
    for (const room of rooms) {
      await host.invite(room, person.userId);
      await person.join(room);
    }
    return person;
  }

  return {
    host,
    homeOf: (name: string): string => homes.get(name) ?? '',
    known: (name: string): Promise<Person> => {
      const person = people.get(name) ?? enter(name);
      if (!people.has(name)) homes.set(name, rooms[Math.min(people.size, 1)] ?? '');
      people.set(name, person);
      return person;
    },
    authorOf: async (room: string, message: string): Promise<Person> => {
      const event = (await host.timeline(room)).find(({ event_id: id }) => id === message);
      for (const person of people.values()) {
        if ((await person).userId === event?.sender) return person;
      }
      throw new Error(`nobody here wrote ${message}`);
    },
  };
}
