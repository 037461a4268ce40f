import { type Method, scope } from '../desk.ts';
import { refuse, rules } from '../refusals.ts';
import { userOnWire } from '../wire.ts';
import { need } from './reach.ts';

/** Who is who: the app itself, a user, the workspace. */
export const people: Record<string, Method> = {
  'apps.connections.open': {
    tier: 'tier3',
    appToken: true,
    run: (_args, { origin, sockets, world }) => {
      const link = `${origin().replace('http', 'ws')}/link/`;
      return { url: `${link}?ticket=${sockets.ticket()}&app_id=${world.app.id}` };
    },
  },
  'auth.test': {
    tier: 'special',
    run: (_args, { world }) => ({
      url: `https://${world.team.domain}.slack.com/`,
      team: world.team.name,
      user: world.app.user.name,
      team_id: world.team.id,
      user_id: world.app.user.id,
      bot_id: world.app.user.botId,
      is_enterprise_install: false,
    }),
  },
  'team.info': {
    tier: 'tier3',
    scopes: scope('team:read'),
    run: (_args, { world }) => ({ team: { ...world.team } }),
  },
  'users.info': {
    tier: 'tier4',
    scopes: scope('users:read'),
    run: (args, { world }) => ({
      user: userOnWire(world.users.get(need(args, 'user')) ?? refuse(rules.userNotFound)),
    }),
  },
};
