import { type Answer, openStage, type Stage } from '#bots/http/testing/stage.ts';
import type { Releases } from '#core/testing/last-first.ts';
import { type Fuzzed, fuzz, type OpenApi } from './fuzz.ts';

/** The API with something of everything in it, and requests at random. The fuzzer is an owner who never runs out. */
export async function fuzzTheApi(t: Releases, requests: number, seed: number): Promise<Fuzzed> {
  const stage = await openStage(t, { worker: false });
  const known = await furnish(stage);
  const { body } = await stage.call('GET', '/v1/openapi.json');
  // A second owner: the first may be made a viewer by a request of its own.
  const { user } = await stage.addPerson('Second owner', 'owner');
  const key = await stage.core.credentials.createApiKey(user.userId, 'fuzz');
  return await fuzz(body as OpenApi, { url: stage.url, key, requests, seed, known });
}

/** Makes one of each thing; gives their ids. */
async function furnish({ call, owner }: Stage): Promise<string[]> {
  const made: Answer[] = [
    await call('POST', '/v1/sessions', { text: 'say hello' }),
    await call('POST', '/v1/schedules', { words: 'every day at 9:00 look' }),
    await call('POST', '/v1/policy-proposals', {
      ...{ layer: 'user', change: { text: 'format: 1\n' }, why: 'to have one' },
    }),
    await call('POST', '/v1/template-proposals', {
      ...{ layer: 'user', name: 'assistant', text: null, why: 'to have one' },
    }),
    await call('POST', '/v1/files?name=a.txt', 'content'),
    await call('POST', '/v1/users', { name: 'Ben' }),
  ];
  const fault = made.find(({ status }) => status !== 200);
  if (fault) throw new Error(`could not be made: ${JSON.stringify(fault.body)}`);
  const [session, schedule, policy, template, file, person] = made.map((answer) => answer.body);
  return [
    ...[session.session.id, session.thread, session.turnId, schedule.id, policy.id, template.id, file.id],
    ...[person.user.id, owner.userId, 'system', 'workspace', 'user'],
  ];
}
