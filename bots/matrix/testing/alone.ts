import { call, type Person } from './person.ts';
import { bodyOf, type MatrixStage } from './stage.ts';

/** Rooms of two: those that people make with the bot, and those that the bot makes with them. */
export function openAlone(stage: MatrixStage, known: (name: string) => Promise<Person>) {
  const { bot } = stage;
  const rooms = new Map<string, Promise<string>>();
  const readers = new Map<string, Person>();

  return {
    /** Who can look into a room that nobody else is in. */
    readerOf: (room: string): Person | undefined => readers.get(room),
    tell: async (name: string, text: string): Promise<{ room: string; message: string }> => {
      const person = await known(name);
      const made = rooms.get(name) ?? stage.roomWith(person);
      rooms.set(name, made);
      const room = await made;
      readers.set(room, person);
      return { room, message: await person.say(room, text) };
    },
    /** What the bot wrote into the rooms that it made for one person. */
    directs: async (name: string): Promise<string[]> => {
      const person = await known(name);
      const path = `/_matrix/client/v3/user/${encodeURIComponent(bot.userId)}/account_data/m.direct`;
      const list = await call<Record<string, string[]>>(bot.url, 'GET', path, { token: bot.token }).catch(
        (): Record<string, string[]> => ({}),
      );
      const said: string[] = [];
      for (const room of list[person.userId] ?? []) {
        await person.join(room);
        said.push(...(await person.saidBy(room, bot.userId)).map(bodyOf));
      }
      return said;
    },
  };
}
