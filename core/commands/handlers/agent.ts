import type { Harness, LogEvent } from '#core/events/types.ts';
import { may } from '#core/identity/roles.ts';
import { parseHostPattern } from '#core/policy/hosts.ts';
import { ruleText } from '#core/policy/rule-text.ts';
import type { SessionFacts } from '#core/sessions/ports.ts';
import type { CommandContext, CommandDeps, Handler } from '../ports.ts';
import { type CommandReply, refused, said } from '../reply.ts';
import { notYours, sessionHere } from './thread.ts';

const maxRules = 20;

/** Which agent answers in this thread; another one from the next turn on. */
export const template: Handler<'template'> = async ({ name }, context, deps) => {
  const session = await sessionHere(deps, context);
  const reader = { workspaceId: session.workspaceId, userId: context.person.userId };
  if (name !== null) {
    if (!may(context.person.role, 'ask')) throw notYours('choose who answers');
    // Says which there are when there is none of that name.
    const { template: chosen } = await deps.templates.resolve(name, reader);
    await deps.sessions.setTemplate(session.sessionId, chosen.name);
    return said(`From the next turn on, ${chosen.name} answers in this thread: ${chosen.about}`);
  }
  const all = await deps.templates.list(reader);
  const lines = all.map((one) => {
    const mark = one.name === session.template ? ' (answers here)' : '';
    return `- \`${one.name}\`${mark}: ${one.about}`;
  });
  return said(['Agents to be had here, `template use NAME` chooses one:', ...lines].join('\n'));
};

/** The model comes with the template; here is said which it is, and where it is changed. */
export const model: Handler<'model'> = async ({ name }, context, deps) => {
  const session = await sessionHere(deps, context);
  const reader = { workspaceId: session.workspaceId, userId: context.person.userId };
  const { models } = (await deps.templates.resolve(session.template, reader)).template;
  const where = `The template \`${session.template}\` says which model answers; set \`model.use\` in your own layer of it (\`deckhand template save\`), or choose another template.`;
  if (name !== null) return refused(`A thread has no model of its own. ${where}`);
  const last = await lastHarness(session, deps);
  return said(
    [
      ...(last ? [`The last turn was answered by \`${last.model.provider}:${last.model.name}\`.`] : []),
      models
        ? `The next one is answered by the first of these that can: ${models.map((one) => `\`${one}\``).join(', ')}.`
        : 'The next one is answered by what is set up here (an administrator sees it under /v1/me).',
      where,
    ].join('\n'),
  );
};

async function lastHarness({ sessionId }: SessionFacts, deps: CommandDeps): Promise<Harness | null> {
  const began = (await deps.sessions.recentEvents(sessionId, 5)).findLast(
    (event): event is Extract<LogEvent, { type: 'turn.started' }> => event.type === 'turn.started',
  );
  return began?.body.harness ?? null;
}

/** What turns of this person may reach from this thread; and a rule proposed to whoever decides. */
export const policy: Handler<'policy'> = async ({ propose }, context, deps) => {
  const session = await sessionHere(deps, context);
  if (propose !== null) return await proposeHost(propose, session, context, deps);
  const { userId } = context.person;
  const { sessionId, workspaceId } = session;
  const layers = await deps.policies.layersFor({ workspaceId, userId, sessionId });
  const lines = layers.flatMap(({ layer, version, preset, rules }) => [
    `**${layer}**, version ${version}${preset ? `: what no rule names is under \`${preset}\`` : ''}`,
    ...rules.slice(0, maxRules).map((rule) => `- \`${ruleText(rule)}\``),
    ...(rules.length > maxRules ? [`- and ${rules.length - maxRules} more`] : []),
  ]);
  return said([...lines, 'A denial in any layer stands; then “ask”, then “allow”.'].join('\n'));
};

async function proposeHost(
  words: string,
  { workspaceId }: SessionFacts,
  { person }: CommandContext,
  deps: CommandDeps,
): Promise<CommandReply> {
  if (!may(person.role, 'ask')) throw notYours('propose rules');
  const hosts = [...new Set(words.match(/(?:\*\.)?(?:[a-z0-9-]+\.)+[a-z]{2,}\b/gi) ?? [])].filter(isHost);
  const [host, ...others] = hosts;
  if (!host || others.length > 0) {
    return refused(
      'Name one host that should be reached, for example `policy propose: let this thread reach api.github.com`.',
    );
  }
  const rule = `effect: allow\nhost: ${JSON.stringify(host.toLowerCase())}\n`;
  const why = `${person.name}: ${words}`.slice(0, 500).toWellFormed();
  await deps.policies.propose({
    layer: 'workspace',
    owner: workspaceId,
    change: { rule },
    why,
    by: person.userId,
  });
  return said(
    `Proposed to the administrators of this workspace: \`allow ${host.toLowerCase()}\`. Until one of them applies it, nothing has changed.`,
  );
}

function isHost(text: string): boolean {
  try {
    return parseHostPattern(text).kind === 'name';
  } catch {
    return false;
  }
}
