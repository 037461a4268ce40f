import type { StageOptions } from '#worker/testing/door-stage.ts';

/** Of the world, only some may be reached; nothing else of its names or addresses. */
export const policy = `format: 1
preset: allowlist
ranges:
  lab: 10.0.0.0/8
  cloud: 169.254.0.0/16
  here: 127.0.0.0/8
rules:
  - { effect: deny, host: ['evil.test', '*.evil.test'], reason: it is the attacker's }
  - { effect: allow, host: ['open.test', '*.open.test'], ports: [80, 443], methods: [GET, HEAD, POST, PUT] }
  - { effect: allow, host: shop.test, ports: [80, 443], paths: [/open, '/open/**'] }
  - { effect: allow, host: ['readonly.test', '*.readonly.test'], methods: GET }
  - { effect: allow, host: ['api.test', 'mine.test', 'key.test', 'git.test', '*.api.test'], ports: [80, 443, 8443] }
  - { effect: allow, host: 'through.test', passthrough: true }
  - { effect: allow, host: '*.inside.test', ports: [80, 443, 8080] }
  - { effect: allow, host: '*.lab.test', ports: [80, 443], ranges: lab }
  - { effect: allow, host: '*.cloud.test', ports: [80, 443], ranges: cloud }
  - { effect: allow, host: '*.here.test', ports: [80, 443, 5432], ranges: here }
  - { effect: allow, host: '*', ports: [80, 443, 2375, 5432, 8080], paths: [/literal, '/literal/**'] }
  - { effect: ask, host: ['ask.test', '*.ask.test'] }
  - { effect: deny, host: '*', reason: it is not on the list }
`;

export const token = 'tk7f3a9c51e04b8d26aa90fe';
export const basicToken = 'gt0b4d9e8f7a6c5b4d3e2f1a';
export const queryToken = 'qk51aa0c9d8e7f6b5a4c3d2e';
export const goneToken = 'gn9c4d7e1f0a3b6c8d5e2f7a';
export const anasToken = 'an3f6e9d2c5b8a1f4e7d0c3b';

const put = { as: 'header', name: 'X-Token' } as const;
/** Where each may go; people's names as the stage knows them. */
export const secrets: NonNullable<StageOptions['secrets']> = [
  {
    name: 'API_TOKEN',
    value: token,
    bindings: [{ hosts: ['api.test'], ports: [443], methods: ['GET', 'HEAD', 'POST'], put }],
  },
  {
    name: 'GIT_TOKEN',
    value: basicToken,
    bindings: [{ hosts: ['git.test'], methods: ['GET', 'POST'], put: { as: 'basic', username: 'x' } }],
  },
  {
    name: 'QUERY_KEY',
    value: queryToken,
    bindings: [{ hosts: ['key.test'], put: { as: 'query', name: 'key' } }],
  },
  // Removed by an attack.
  { name: 'GONE', value: goneToken, bindings: [{ hosts: ['gone.api.test'], put }] },
  { of: 'ana', name: 'ANAS', value: anasToken, bindings: [{ hosts: ['mine.test'], put }] },
];
