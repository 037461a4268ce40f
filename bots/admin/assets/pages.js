/** @import { PageProps } from './types.ts' */

/**
 * @typedef {object} Page What there is beside threads.
 * @property {string} path
 * @property {string} title
 * @property {PageProps['me']['may'][number]} [act] What one must be allowed to do to find it in the menu.
 * @property {'first' | 'second'} place Above the threads, or in the menu below them.
 * @property {() => Promise<(props: PageProps) => unknown>} load Read when it is first opened.
 */

/** @type {Page[]} */
export const pages = [
  {
    path: '/overview',
    title: 'Overview',
    place: 'first',
    load: () => import('./overview.js').then((it) => it.Overview),
  },
  {
    path: '/approvals',
    title: 'Approvals',
    place: 'first',
    load: () => import('./approvals.js').then((it) => it.Approvals),
  },
  {
    path: '/sessions',
    title: 'Sessions',
    place: 'first',
    load: () => import('./sessions.js').then((it) => it.Sessions),
  },
  {
    path: '/schedules',
    title: 'Schedules',
    place: 'first',
    load: () => import('./schedules.js').then((it) => it.Schedules),
  },
  {
    path: '/egress',
    title: 'Egress log',
    place: 'second',
    load: () => import('./egress.js').then((it) => it.Egress),
  },
  {
    path: '/secrets',
    title: 'Secrets',
    place: 'second',
    load: () => import('./secrets-page.js').then((it) => it.SecretsPage),
  },
  {
    path: '/policies',
    title: 'Policies',
    place: 'second',
    load: () => import('./policies.js').then((it) => it.Policies),
  },
  {
    path: '/templates',
    title: 'Templates',
    place: 'second',
    load: () => import('./templates.js').then((it) => it.Templates),
  },
  {
    path: '/usage',
    title: 'Usage and prices',
    place: 'second',
    load: () => import('./usage.js').then((it) => it.Usage),
  },
  {
    path: '/people',
    title: 'People',
    act: 'administer',
    place: 'second',
    load: () => import('./people.js').then((it) => it.People),
  },
  {
    path: '/account',
    title: 'Keys and sign-in',
    place: 'second',
    load: () => import('./account.js').then((it) => it.Account),
  },
  {
    path: '/audit',
    title: 'Audit log',
    act: 'administer',
    place: 'second',
    load: () => import('./audit.js').then((it) => it.Audit),
  },
  {
    path: '/settings',
    title: 'Settings',
    act: 'administer',
    place: 'second',
    load: () => import('./settings.js').then((it) => it.Settings),
  },
  {
    path: '/api',
    title: 'API',
    place: 'second',
    load: () => import('./reference.js').then((it) => it.Reference),
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
    load: async () => {
      const { SessionPage } = await import('./session-page.js');
      return (props) => SessionPage({ ...props, id });
    },
  };
}
