import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { DeckhandError } from '#core/errors.ts';
import { inviteLifeMs } from '#core/identity/invite-life.ts';
import { mayActFor, mayGiveRole } from '#core/identity/may-govern.ts';
import type { PersonFacts } from '#core/identity/people-port.ts';
import { caller, wholePerson } from '../auth.ts';
import type { HttpDeps, HttpEnv } from '../deps.ts';
import { notFound } from '../problem.ts';
import { route, tell } from '../route.ts';
import { answers, body, idParam, Role } from '../schemas.ts';

const Share = z
  .object({
    turnsAtOnce: z.number().int().min(1).max(100).describe('Turns of this person that run at once.'),
    weight: z.number().int().min(1).max(10).describe('Turns of this person in a round of all who wait.'),
  })
  .openapi('Share');
const User = z
  .object({
    id: z.string(),
    name: z.string(),
    role: Role,
    email: z.string().nullable(),
    createdAt: z.string(),
    lastAskedAt: z.string().nullable(),
    share: Share,
    identities: z.array(
      z.object({
        id: z.string(),
        platform: z.string(),
        workspace: z.string(),
        accountId: z.string(),
        name: z.string(),
      }),
    ),
  })
  .openapi('User');
const Link = z.object({ path: z.string().describe('Open it in a browser, once.'), expiresAt: z.string() });
const params = idParam('user');

const list = route(
  { act: 'administer' },
  {
    method: 'get',
    path: '/v1/users',
    summary: 'Everybody here, with their accounts on chat platforms',
    responses: answers(z.object({ users: z.array(User) }), 'People by name.'),
  },
);
const invite = route(
  { act: 'administer', audit: 'user.invited' },
  {
    method: 'post',
    path: '/v1/users',
    summary: 'A new person, and a link that signs them in once, good for seven days',
    request: {
      body: body(z.object({ name: z.string().trim().min(1).max(100), role: Role.default('member') })),
    },
    responses: answers(z.object({ user: User, link: Link }), 'The person and their link.'),
  },
);
const one = route(
  { act: 'administer' },
  {
    method: 'get',
    path: '/v1/users/{user}',
    summary: 'A person',
    request: { params },
    responses: answers(User, 'The person.'),
  },
);
const change = route(
  { act: 'administer', audit: 'user.role_given' },
  {
    method: 'patch',
    path: '/v1/users/{user}',
    summary: 'Gives a role; only owners make or unmake owners',
    request: { params, body: body(z.object({ role: Role })) },
    responses: answers(User, 'The person as they are now.'),
  },
);
const share = route(
  { act: 'administer', audit: 'user.share_set' },
  {
    method: 'put',
    path: '/v1/users/{user}/share',
    summary: "Sets how much of the platform is a person's while others wait",
    request: { params, body: body(Share) },
    responses: answers(User, 'The person as they are now.'),
  },
);
const link = route(
  { act: 'administer', audit: 'user.link_made' },
  {
    method: 'post',
    path: '/v1/users/{user}/sign-in-links',
    summary: 'A new one-time sign-in link for a person, good for seven days',
    request: { params },
    responses: answers(Link, 'The link.'),
  },
);

const join = route(
  { act: 'administer', audit: 'user.joined' },
  {
    method: 'post',
    path: '/v1/users/{user}/joins',
    summary: 'Two entries that are one person: accounts, sessions and schedules of `from` become this one’s',
    request: { params, body: body(z.object({ from: z.string().min(1).max(64) })) },
    responses: answers(User, 'The person as they are now.'),
  },
);
const separate = route(
  { act: 'administer', audit: 'identity.separated' },
  {
    method: 'delete',
    path: '/v1/users/{user}/identities/{identity}',
    summary: 'Makes an account of this person somebody of its own, a member; sessions and schedules stay',
    request: { params: params.extend({ identity: z.string().min(1).max(64) }) },
    responses: answers(User, 'The new person.'),
  },
);

/** People, their roles and how they come in. */
export function userRoutes(app: OpenAPIHono<HttpEnv>, { people, credentials }: HttpDeps): void {
  async function known(userId: string): Promise<PersonFacts> {
    const found = await people.byId(userId);
    if (!found) throw notFound('person');
    return found;
  }

  async function linkFor(userId: string) {
    const token = await credentials.createSignInLink(userId, inviteLifeMs);
    return {
      path: `/sign-in?token=${token}`,
      expiresAt: new Date(Date.now() + inviteLifeMs).toISOString(),
    };
  }

  app.openapi(list, async (c) => c.json({ users: (await people.all()).map(presentPerson) }, 200));
  app.openapi(one, async (c) => c.json(presentPerson(await known(c.req.valid('param').user)), 200));

  app.openapi(invite, async (c) => {
    const by = wholePerson(c);
    const { name, role } = c.req.valid('json');
    if (!mayGiveRole(by, { userId: '', role: 'viewer' }, role)) throw ownersOnly();
    const user = await people.add(name, role);
    tell(c, { user: user.userId, role });
    return c.json({ user: presentPerson(user), link: await linkFor(user.userId) }, 200);
  });

  app.openapi(change, async (c) => {
    const by = caller(c);
    const user = await known(c.req.valid('param').user);
    const { role } = c.req.valid('json');
    if (!mayGiveRole(by, user, role)) throw ownersOnly();
    tell(c, { from: user.role, to: role });
    await people.setRole(user.userId, role);
    return c.json(presentPerson(await known(user.userId)), 200);
  });

  app.openapi(share, async (c) => {
    const user = await known(c.req.valid('param').user);
    const { turnsAtOnce, weight } = c.req.valid('json');
    tell(c, { user: user.userId, turnsAtOnce, weight });
    await people.setShare(user.userId, { turnsAtOnce, weight });
    return c.json(presentPerson(await known(user.userId)), 200);
  });

  app.openapi(link, async (c) => {
    const by = wholePerson(c);
    const user = await known(c.req.valid('param').user);
    if (!mayActFor(by, user)) throw ownersOnly();
    return c.json(await linkFor(user.userId), 200);
  });

  app.openapi(join, async (c) => {
    const by = wholePerson(c);
    const user = await known(c.req.valid('param').user);
    const from = await known(c.req.valid('json').from);
    tell(c, { from: from.userId });
    if (from.userId === user.userId) {
      throw new DeckhandError('request.invalid', 'These are one person already.', { blame: 'asker' });
    }
    // Whoever holds the one's account holds the other's rights from then on.
    if (!mayActFor(by, user) || !mayActFor(by, from)) throw ownersOnly();
    await people.join(from.userId, user.userId);
    return c.json(presentPerson(await known(user.userId)), 200);
  });

  app.openapi(separate, async (c) => {
    const by = wholePerson(c);
    const { user: userId, identity } = c.req.valid('param');
    const user = await known(userId);
    if (!mayActFor(by, user)) throw ownersOnly();
    const made = await people.separate(user.userId, identity);
    tell(c, { made: made.userId });
    return c.json(presentPerson(made), 200);
  });
}

function presentPerson({ userId, ...rest }: PersonFacts) {
  return { id: userId, ...rest };
}

function ownersOnly(): DeckhandError {
  return new DeckhandError('auth.not_allowed', 'Owners are made, changed and let in by owners alone.', {
    blame: 'policy',
  });
}
