import { problemsOf } from '../blocks.ts';
import type { Desk, Method } from '../desk.ts';
import { isObject, type Json, type JsonObject, objectAt, objectsAt, textAt } from '../json.ts';
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

function keep(desk: Desk, view: JsonObject, id = desk.ids.next('V')): JsonObject {
  const { world, ids } = desk;
  const kept: JsonObject = {
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

/** "hash … used to protect against possible race conditions" (views.update). */
function update(args: JsonObject, desk: Desk): JsonObject {
  const { views: all } = desk.world;
  const id = textAt(args, 'view_id');
  const external = textAt(args, 'external_id');
  if (!id && !external) refuse(rules.invalidArguments, ['view_id or external_id is required']);
  const before = [...all.values()].find(
    (view) => view.id === id || (external !== undefined && view.external_id === external),
  );
  if (!before) refuse(rules.viewNotFound);
  const hash = textAt(args, 'hash');
  if (hash && hash !== textAt(before, 'hash')) refuse(rules.hashConflict);
  return replaced(desk, before, readView(args, 'modal'));
}

function replaced(desk: Desk, before: JsonObject, view: JsonObject): JsonObject {
  const kept = keep(desk, { ...stackOf(before), ...view }, textAt(before, 'id'));
  desk.world.bell.emit('change');
  return { view: kept };
}

/** Where a view lies: its own root unless it was pushed upon another. */
const stackOf = ({ id, root_view_id: root }: JsonObject): JsonObject => ({ root_view_id: root ?? id });

function pushed(desk: Desk, below: JsonObject | undefined, view: JsonObject): JsonObject {
  if (!below) refuse(rules.viewNotFound);
  const { root_view_id: root } = stackOf(below);
  const stack = [...desk.world.views.values()].filter((one) => (one.root_view_id ?? one.id) === root);
  if (stack.length >= numbers.viewsInStack.value) refuse(rules.viewStack);
  const kept = keep(desk, { ...view, root_view_id: root, previous_view_id: below.id });
  desk.world.bell.emit('change');
  return { view: kept };
}

function push(args: JsonObject, desk: Desk): JsonObject {
  const view = readView(args, 'modal');
  desk.interactions.redeem(need(args, 'trigger_id'));
  const modals = [...desk.world.views.values()].filter(({ type }) => type === 'modal');
  return pushed(desk, modals.at(-1), view);
}

/**
 * What an acknowledgement does with the modal that was submitted (docs.slack.dev/surfaces/modals, "Updating views via
 * response_action"): nothing said closes it, `update` and `push` show another, `errors` keeps it, `clear` closes all.
 */
export function answerSubmission(desk: Desk, view: JsonObject, body: Json): void {
  const said = isObject(body) ? body : {};
  const action = textAt(said, 'response_action');
  const { views: all } = desk.world;
  if (action === 'update') replaced(desk, view, readView(said, 'modal'));
  else if (action === 'push') pushed(desk, view, readView(said, 'modal'));
  else if (action === 'errors') {
    if (!isObject(said.errors)) refuse(rules.viewInvalid, ['errors names the blocks that are wrong']);
  } else if (action === 'clear') {
    const { root_view_id: root } = stackOf(view);
    for (const [id, one] of all) if ((one.root_view_id ?? one.id) === root) all.delete(id);
  } else if (action === undefined) all.delete(textAt(view, 'id') ?? '');
  else refuse(rules.viewInvalid, [`unknown response_action: ${action}`]);
  desk.world.bell.emit('change');
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
  'views.update': { tier: 'tier4', run: update },
  'views.push': { tier: 'tier4', run: push },
  'views.publish': { tier: 'tier4', run: publish },
};
