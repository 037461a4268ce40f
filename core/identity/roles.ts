export const roles = ['owner', 'admin', 'member', 'viewer'] as const;
export type Role = (typeof roles)[number];

/** What a person wants to do. */
export const acts = ['read', 'ask', 'decide', 'stop', 'administer'] as const;
export type Act = (typeof acts)[number];

const allowed: Record<Role, readonly Act[]> = {
  owner: ['read', 'ask', 'decide', 'stop', 'administer'],
  admin: ['read', 'ask', 'decide', 'stop', 'administer'],
  member: ['read', 'ask', 'decide', 'stop'],
  viewer: ['read'],
};

/** Those who may do it. */
export function rolesThatMay(act: Act): Role[] {
  return (Object.keys(allowed) as Role[]).filter((role) => may(role, act));
}

/** The one table of who may do what; the same on the idle and the busy path. */
export function may(role: Role, act: Act): boolean {
  return allowed[role].includes(act);
}
