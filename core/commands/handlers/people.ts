import { DeckhandError } from '#core/errors.ts';
import { zoneNamed, zonesLike } from '#core/schedules/zone.ts';
import type { Handler } from '../ports.ts';
import { said } from '../reply.ts';

export const whoami: Handler<'whoami'> = async (_command, { person, account }) =>
  said(
    `You are ${person.name} (${person.role}), here as ${account.name}. Your times are in ${person.timeZone}. Your id: \`${person.userId}\``,
  );

export const timezone: Handler<'timezone'> = async ({ zone }, { person }, { identities }) => {
  if (zone === null)
    return said(`Your times are in ${person.timeZone}. Change it: \`timezone Europe/Berlin\``);
  const known = zoneNamed(zone);
  if (!known) {
    const like = zonesLike(zone);
    const hint = like.length > 0 ? ` Did you mean ${like.join(' or ')}?` : ' Write it as Europe/Berlin.';
    throw new DeckhandError('schedule.zone_unknown', `I know no time zone ${zone}.${hint}`, {
      blame: 'asker',
    });
  }
  await identities.setTimeZone(person.userId, known);
  return said(
    `Your times are in ${known} from now on. Schedules that you have keep the zone they were made in.`,
  );
};
