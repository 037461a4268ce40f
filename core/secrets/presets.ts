import type { WrittenBindings } from './binding-text.ts';

/** Ways to put a secret on that people should not have to spell out. */
export const presetIds = ['github', 'gitlab', 'npm', 'openai'] as const;
export type PresetId = (typeof presetIds)[number];

export interface SecretPreset {
  readonly id: PresetId;
  readonly label: string;
  /** Where it goes unless another host is named. */
  readonly host: string;
  /** In one sentence: what it does, and what `write` adds. */
  readonly says: string;
}

export const presets: readonly SecretPreset[] = [
  {
    id: 'github',
    label: 'GitHub token',
    host: 'github.com',
    says: 'For the API, and for git over HTTPS. Reading only; writing adds changes by the API and git push.',
  },
  {
    id: 'gitlab',
    label: 'GitLab token',
    host: 'gitlab.com',
    says: 'For the API, and for git over HTTPS. Reading only; writing adds changes by the API and git push.',
  },
  {
    id: 'npm',
    label: 'npm token',
    host: 'packages.example.com',
    says: 'Name the host of your registry. For reading private packages; writing adds npm publish.',
  },
  {
    id: 'openai',
    label: 'OpenAI-like key',
    host: 'api.openai.com',
    says: 'A bearer token that may also POST, since asking a model is a POST; writing adds PUT, PATCH and DELETE.',
  },
];

const reads = ['GET', 'HEAD'];
const changes = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** Where a secret of this kind may go, and how. */
export function presetBindings(id: PresetId, host: string, write: boolean): WrittenBindings {
  const methods = write ? [...reads, ...changes] : reads;
  const bearer = { as: 'bearer' as const };
  switch (id) {
    case 'github':
      // GitHub's own API has a host of its own; an Enterprise Server's stands below /api.
      return [
        host === 'github.com'
          ? { hosts: ['api.github.com'], methods, put: bearer }
          : { hosts: [host], methods, paths: ['/api'], put: bearer },
        git(host, 'x-access-token', write),
      ];
    case 'gitlab':
      return [
        { hosts: [host], methods, paths: ['/api'], put: { as: 'header', name: 'PRIVATE-TOKEN' } },
        git(host, 'oauth2', write),
      ];
    case 'npm':
      return [{ hosts: [host], methods: write ? [...reads, 'PUT', 'POST', 'DELETE'] : reads, put: bearer }];
    case 'openai':
      return [{ hosts: [host], methods: write ? methods : [...reads, 'POST'], put: bearer }];
  }
}

/** Git's smart HTTP (gitprotocol-http): both directions begin with `info/refs`; fetching is a POST too. */
function git(host: string, username: string, write: boolean): WrittenBindings[number] {
  const paths = ['/**/info/refs', '/**/git-upload-pack', ...(write ? ['/**/git-receive-pack'] : [])];
  return { hosts: [host], methods: ['GET', 'POST'], paths, put: { as: 'basic', username } };
}

const names: [PresetId, RegExp][] = [
  ['github', /^(GITHUB|GH)_/i],
  ['gitlab', /^(GITLAB|GL|CI_JOB)_/i],
  ['npm', /^(NPM|NODE_AUTH)_/i],
  ['openai', /^OPENAI_/i],
];

/** What a secret of this name most likely is. */
export function presetFor(name: string): PresetId | null {
  return names.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
}
