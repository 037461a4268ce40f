import { Account } from './account.js';
import { Approvals } from './approvals.js';
import { Audit } from './audit.js';
import { Egress } from './egress.js';
import { Overview } from './overview.js';
import { People } from './people.js';
import { Policies } from './policies.js';
import { Reference } from './reference.js';
import { Schedules } from './schedules.js';
import { SecretsPage } from './secrets-page.js';
import { SessionPage } from './session-page.js';
import { Sessions } from './sessions.js';
import { Settings } from './settings.js';
import { Templates } from './templates.js';
import { Usage } from './usage.js';

/** @import { PageProps } from './types.ts' */

/**
 * @typedef {object} Page What there is beside threads.
 * @property {string} path
 * @property {string} title
 * @property {PageProps['me']['may'][number]} [act] What one must be allowed to do to find it in the menu.
 * @property {'first' | 'second'} place Above the threads, or in the menu below them.
 * @property {(props: PageProps) => unknown} View
 */

/** @type {Page[]} */
export const pages = [
  {
    path: '/overview',
    title: 'Overview',
    place: 'first',
    View: Overview,
  },
  {
    path: '/approvals',
    title: 'Approvals',
    place: 'first',
    View: Approvals,
  },
  {
    path: '/sessions',
    title: 'Sessions',
    place: 'first',
    View: Sessions,
  },
  {
    path: '/schedules',
    title: 'Schedules',
    place: 'first',
    View: Schedules,
  },
  {
    path: '/egress',
    title: 'Egress log',
    place: 'second',
    View: Egress,
  },
  {
    path: '/secrets',
    title: 'Secrets',
    place: 'second',
    View: SecretsPage,
  },
  {
    path: '/policies',
    title: 'Policies',
    place: 'second',
    View: Policies,
  },
  {
    path: '/templates',
    title: 'Templates',
    place: 'second',
    View: Templates,
  },
  {
    path: '/usage',
    title: 'Usage and prices',
    place: 'second',
    View: Usage,
  },
  {
    path: '/people',
    title: 'People',
    act: 'administer',
    place: 'second',
    View: People,
  },
  {
    path: '/account',
    title: 'Keys and sign-in',
    place: 'second',
    View: Account,
  },
  {
    path: '/audit',
    title: 'Audit log',
    act: 'administer',
    place: 'second',
    View: Audit,
  },
  {
    path: '/settings',
    title: 'Settings',
    act: 'administer',
    place: 'second',
    View: Settings,
  },
  {
    path: '/api',
    title: 'API',
    place: 'second',
    View: Reference,
  },
];

/** The page of an address, or null. A session's has its id behind it. @param {string} pathname @returns {Page | null} */
export function pageAt(pathname) {
  const id = /^\/sessions\/([\w-]+)$/.exec(pathname)?.[1];
  if (id === undefined) return pages.find(({ path }) => path === pathname) ?? null;
  return {
    path: pathname,
    title: 'Session',
    place: 'first',
    View: (props) => SessionPage({ ...props, id }),
  };
}
