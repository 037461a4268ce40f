import type { Identities, UserFacts } from '#core/identity/ports.ts';
import type { TemplateReader, TemplateSlot } from '#core/templates/ports.ts';

interface Deps {
  identities: Pick<Identities, 'localOwner'>;
}

/** Whose layers apply to this person on the page: the console's workspace; those of chat platforms are set from there. */
export async function templateReader({ identities }: Deps, { userId }: UserFacts): Promise<TemplateReader> {
  const { workspaceId } = await identities.localOwner();
  return { workspaceId, userId };
}

/** This person's place for a layer's document. */
export async function templateSlot(
  deps: Deps,
  user: UserFacts,
  layer: TemplateSlot['layer'],
  name: string,
): Promise<TemplateSlot> {
  const { workspaceId, userId } = await templateReader(deps, user);
  return { layer, name, ownerId: { system: '', workspace: workspaceId, user: userId }[layer] };
}
