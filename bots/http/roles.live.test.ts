import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acts, may, roles } from '#core/identity/roles.ts';
import { call, openStage } from './testing/stage.ts';

/**
 * Every route: who may call it, and what the audit log calls it (`-`: it changes nothing, or a session's log tells it).
 * A route that is not in the table, or has another rule than it says, fails.
 */
const table = `
GET    /metrics                                      read        -
GET    /v1/approvals                                 read        -
GET    /v1/approvals/{approval}                      read        -
POST   /v1/approvals/{approval}/decide               decide      -
GET    /v1/audit                                     administer  -
GET    /v1/audit/verification                        administer  -
POST   /v1/commands                                  read        -
GET    /v1/egress                                    read        -
GET    /v1/failures                                  read        -
POST   /v1/files                                     ask         -
GET    /v1/feedback                                  administer  -
GET    /v1/files/{file}                              read        -
GET    /v1/health                                    anyone      -
GET    /v1/keys                                      read        -
POST   /v1/keys                                      read        key.made
DELETE /v1/keys/{key}                                read        key.revoked
GET    /v1/load                                      read        -
GET    /v1/me                                        read        -
PATCH  /v1/me                                        read        preferences.set
DELETE /v1/me/account                                read        account.removed
PUT    /v1/me/account                                read        account.set
GET    /v1/me/sign-ins                               read        -
DELETE /v1/me/sign-ins/{signIn}                      read        sign_in.ended
GET    /v1/policies                                  read        -
GET    /v1/policies/{layer}                          read        -
POST   /v1/policies/{layer}                          read        policy.saved
GET    /v1/policies/{layer}/diff                     read        -
POST   /v1/policies/{layer}/revert                   read        policy.reverted
GET    /v1/policy-proposals                          read        -
POST   /v1/policy-proposals                          ask         policy.proposed
POST   /v1/policy-proposals/{proposal}/apply         read        policy.applied
GET    /v1/policy-proposals/{proposal}/diff          read        -
POST   /v1/policy-proposals/{proposal}/drop          read        policy.dropped
GET    /v1/prices                                    read        -
PUT    /v1/prices                                    administer  price.set
GET    /v1/ready                                     anyone      -
GET    /v1/schedules                                 read        -
POST   /v1/schedules                                 ask         schedule.drafted
DELETE /v1/schedules/{schedule}                      read        schedule.removed
GET    /v1/schedules/{schedule}                      read        -
PUT    /v1/schedules/{schedule}                      ask         schedule.change_drafted
GET    /v1/schedules/{schedule}/history              read        -
POST   /v1/schedules/{schedule}/{act}                read        schedule.acted
POST   /v1/secret-links                              ask         secret.link_made
POST   /v1/secret-links/look                         anyone      -
POST   /v1/secret-links/preview                      anyone      -
POST   /v1/secret-links/spend                        anyone      secret.entered_by_link
GET    /v1/secrets                                   read        -
POST   /v1/secrets                                   ask         secret.entered
GET    /v1/secrets/keys                              administer  -
POST   /v1/secrets/preview                           ask         -
DELETE /v1/secrets/{secret}                          read        secret.removed
GET    /v1/sessions                                  read        -
POST   /v1/sessions                                  ask         -
GET    /v1/sessions/{session}                        read        -
PATCH  /v1/sessions/{session}                        ask         -
GET    /v1/sessions/{session}/documents              read        -
GET    /v1/sessions/{session}/egress                 read        -
GET    /v1/sessions/{session}/events                 read        -
GET    /v1/sessions/{session}/export                 administer  session.exported
GET    /v1/sessions/{session}/replay                 administer  -
POST   /v1/sessions/{session}/replay                 administer  session.replayed
GET    /v1/sessions/{session}/stream                 read        -
PUT    /v1/sessions/{session}/template               ask         session.template_chosen
GET    /v1/sessions/{session}/turns                  read        -
GET    /v1/sessions/{session}/verification           read        -
GET    /v1/settings                                  administer  -
POST   /v1/sign-in                                   anyone      sign_in
POST   /v1/sign-in-links                             read        sign_in.link_made
POST   /v1/sign-in/password                          anyone      sign_in.by_password
POST   /v1/sign-out                                  anyone      sign_out
GET    /v1/template-choices                          read        -
PUT    /v1/template-choices                          administer  template.chosen
GET    /v1/template-proposals                        read        -
POST   /v1/template-proposals                        ask         template.proposed
POST   /v1/template-proposals/{proposal}/apply       read        template.applied
GET    /v1/template-proposals/{proposal}/diff        read        -
POST   /v1/template-proposals/{proposal}/drop        read        template.dropped
GET    /v1/templates                                 read        -
POST   /v1/templates/check                           read        -
GET    /v1/templates/{name}                          read        -
PUT    /v1/templates/{name}                          ask         template.saved
GET    /v1/templates/{name}/diff                     read        -
POST   /v1/templates/{name}/revert                   ask         template.reverted
GET    /v1/templates/{name}/servers                  read        -
GET    /v1/templates/{name}/versions                 read        -
GET    /v1/threads                                   read        -
POST   /v1/threads                                   ask         -
GET    /v1/threads/{thread}                          read        -
POST   /v1/threads/{thread}/messages                 ask         -
GET    /v1/threads/{thread}/stream                   read        -
POST   /v1/tool-sign-ins                             ask         tool_sign_in.link_made
POST   /v1/tool-sign-ins/begin                       anyone      -
POST   /v1/tool-sign-ins/look                        anyone      -
POST   /v1/tool-sign-ins/return                      anyone      tool_sign_in.returned
GET    /v1/turns/{turn}                              read        -
PATCH  /v1/turns/{turn}                              ask         -
POST   /v1/turns/{turn}/retry                        ask         -
POST   /v1/turns/{turn}/steer                        ask         -
POST   /v1/turns/{turn}/stop                         stop        -
GET    /v1/usage                                     read        -
GET    /v1/users                                     administer  -
POST   /v1/users                                     administer  user.invited
GET    /v1/users/{user}                              administer  -
DELETE /v1/users/{user}/data                         administer  user.data_erased
GET    /v1/users/{user}/data                         administer  -
PATCH  /v1/users/{user}                              administer  user.role_given
DELETE /v1/users/{user}/identities/{identity}        administer  identity.separated
POST   /v1/users/{user}/joins                        administer  user.joined
PUT    /v1/users/{user}/share                        administer  user.share_set
POST   /v1/users/{user}/sign-in-links                administer  user.link_made
GET    /v1/workers                                   read        -
`;

interface Row {
  method: string;
  path: string;
  act: string;
  audit: string;
}

const rows: Row[] = table
  .trim()
  .split('\n')
  .map((line) => {
    const [method = '', path = '', act = '', audit = ''] = line.split(/\s+/);
    return { method, path, act, audit };
  });

test('every route × every role, and nobody: the rule is kept before the request is read', async (t) => {
  const stage = await openStage(t, { worker: false });
  const { body: document } = await stage.call('GET', '/v1/openapi.json');
  const written = Object.entries(document.paths as Record<string, Record<string, Record<string, string>>>)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, operation]) =>
          `${method.toUpperCase()} ${path} ${operation['x-act']} ${operation['x-audit'] ?? '-'}`,
      ),
    )
    .sort();
  const expected = rows.map(({ method, path, act, audit }) => `${method} ${path} ${act} ${audit}`).sort();
  assert.deepEqual(written, expected);

  const people = await Promise.all(
    roles.map(async (role) => ({ role, ...(await stage.addPerson(`A ${role}`, role)) })),
  );
  // Names that nothing has; a body that no route takes: whoever is let in is told that, and changes nothing.
  for (const { method, path, act } of rows) {
    const address = path.replace(/\{\w+\}/g, 'none');
    const ask = async (headers: Record<string, string>) => {
      const body = method === 'GET' || method === 'DELETE' ? undefined : '[';
      const { status, body: problem } = await call(stage.url, method, address, body, headers);
      return { status, code: typeof problem === 'object' ? problem?.code : undefined };
    };
    const nobody = await ask({ 'x-deckhand': '1', 'sec-fetch-site': 'same-origin' });
    assert.equal(
      nobody.code === 'auth.required',
      act !== 'anyone',
      `${method} ${path} by nobody: ${nobody.code}`,
    );
    for (const { role, key } of people) {
      const { status, code } = await ask({ authorization: `Bearer ${key}` });
      const inside = act === 'anyone' || may(role, act as (typeof acts)[number]);
      const where = `${method} ${path} by a ${role}: ${status} ${code}`;
      assert.equal(code === 'auth.not_allowed', !inside, where);
      assert.ok(status < 500, where);
    }
  }
});

test('a key does no more than its scopes, whatever its person may', async (t) => {
  const stage = await openStage(t, { worker: false });
  for (const scope of acts) {
    const key = await stage.core.credentials.createApiKey(stage.owner.userId, scope, {
      ...{ scopes: [scope], perMinute: null, expiresAt: null },
    });
    for (const { method, path, act } of rows) {
      const body = method === 'GET' || method === 'DELETE' ? undefined : '[';
      const headers = { authorization: `Bearer ${key}` };
      const answer = await call(stage.url, method, path.replace(/\{\w+\}/g, 'none'), body, headers);
      const inside = act === 'anyone' || act === scope;
      // A few ask for more than their act: ways in are made by whole persons alone.
      if (!inside) assert.equal(answer.body.code, 'auth.scope', `${method} ${path} with a key for ${scope}`);
    }
  }
});

test('a narrow key opens no way to its person’s other rights', async (t) => {
  const stage = await openStage(t, { worker: false });
  const made = await stage.call('POST', '/v1/keys', { name: 'narrow', scopes: ['read', 'administer'] });
  const headers = { authorization: `Bearer ${made.body.key}` };
  const { userId } = stage.owner;
  for (const [method, path, body] of [
    ['POST', '/v1/keys', { name: 'wider', scopes: ['read', 'decide'] }],
    ['POST', '/v1/sign-in-links', {}],
    ['POST', `/v1/users/${userId}/sign-in-links`, {}],
    ['POST', '/v1/users', { name: 'Second me', role: 'owner' }],
    ['POST', `/v1/users/${userId}/joins`, { from: userId }],
    ['DELETE', `/v1/users/${userId}/identities/none`, undefined],
    ['PUT', '/v1/me/account', { login: 'mine', password: 'a long enough password' }],
  ] as const) {
    const answer = await call(stage.url, method, path, body, headers);
    assert.equal(answer.body.code, 'auth.scope', `${method} ${path}`);
  }
});
