export type Role = 'owner' | 'admin' | 'member' | 'viewer';

/** What a person wants to do. */
export type Act = 'read' | 'ask' | 'decide' | 'stop' | 'administer';

const allowed: Record<Role, readonly Act[]> = {
  owner: ['read', 'ask', 'decide', 'stop', 'administer'],
  admin: ['read', 'ask', 'decide', 'stop', 'administer'],
  member: ['read', 'ask', 'decide', 'stop'],
  viewer: ['read'],
};

/** The one table of who may do what; the same on the idle and the busy path. */
export function may(role: Role, act: Act): boolean {
  return allowed[role].includes(act);
}
