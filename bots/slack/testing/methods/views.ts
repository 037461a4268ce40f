import { problemsOf } from '../blocks.ts';
import type { Desk, Method } from '../desk.ts';
import { isObject, type JsonObject, objectAt, objectsAt, textAt } from '../json.ts';
import { numbers } from '../numbers.ts';
import { refuse, rules } from '../refusals.ts';
import { need } from './reach.ts';

/** A view that keeps the documented limits (docs.slack.dev/reference/views): title 24, metadata 3,000, 100 blocks. */
function readView(args: JsonObject, type: 'modal' | 'home'): JsonObject {
  const view = args.view;
  if (!isObject(view) || view.type !== type) refuse(rules.viewInvalid, [`view must be of type ${type}`]);
  if (JSON.stringify(view).length > numbers.viewBytes.value) refuse(rules.viewTooLarge);
  const blocks = objectsAt(view, 'blocks');
  const title = textAt(objectAt(view, 'title'), 'text') ?? '';
  const problems = [
    ...problemsOf(blocks),
    ...(blocks.length > numbers.blocksPerView.value ? ['no more than 100 items allowed'] : []),
    ...(type === 'modal' && (title === '' || title.length > 24) ? ['title: 1 to 24 characters'] : []),
    ...((textAt(view, 'private_metadata') ?? '').length > 3_000 ? ['private_metadata: at most 3000'] : []),
    ...(type === 'modal' && blocks.some((block) => block.type === 'input') && !isObject(view.submit)
      ? ['submit is required with input blocks']
      : []),
  ];
  if (problems.length > 0) refuse(rules.viewInvalid, problems);
  return view;
}

function keep(desk: Desk, view: JsonObject): JsonObject {
  const { world, ids } = desk;
  const id = ids.next('V');
  const kept = {
    callback_id: '',
    ...view,
    id,
    team_id: world.team.id,
    app_id: world.app.id,
    bot_id: world.app.user.botId,
    hash: ids.ts(),
  };
  world.views.set(id, kept);
  return kept;
}

function open(args: JsonObject, desk: Desk): JsonObject {
  const view = readView(args, 'modal');
  desk.interactions.redeem(need(args, 'trigger_id'));
  const kept = keep(desk, view);
  desk.world.bell.emit('change');
  return { view: kept };
}

function publish(args: JsonObject, desk: Desk): JsonObject {
  const user = need(args, 'user_id');
  if (!desk.world.users.has(user)) refuse(rules.userNotFound);
  const hash = textAt(args, 'hash');
  const before = desk.world.homes.get(user);
  if (hash && before && textAt(before, 'hash') !== hash) refuse(rules.hashConflict);
  const kept = keep(desk, readView(args, 'home'));
  desk.world.homes.set(user, kept);
  desk.world.bell.emit('change');
  return { view: kept };
}

export const views: Record<string, Method> = {
  'views.open': { tier: 'tier4', run: open },
  'views.publish': { tier: 'tier4', run: publish },
};
