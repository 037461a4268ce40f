import {
  type APIModalInteractionResponseCallbackData,
  type APIModalSubmitInteraction,
  ComponentType,
  TextInputStyle,
} from 'discord-api-types/v10';

/** A request of its own, or a message in the thread. */
export type ModalKind = 'ask' | 'reply';

const mostCharacters = 4_000;

/** A form for what people want to write to us. */
export function askModal(kind: ModalKind): APIModalInteractionResponseCallbackData {
  return {
    custom_id: `modal|${kind}`,
    title: kind === 'ask' ? 'Ask Deckhand' : 'Reply to Deckhand',
    components: [
      {
        type: ComponentType.Label,
        label: kind === 'ask' ? 'What should I do?' : 'Your message',
        component: {
          type: ComponentType.TextInput,
          custom_id: 'text',
          style: TextInputStyle.Paragraph,
          required: true,
          max_length: mostCharacters,
        },
      },
    ],
  };
}

/** Which form was sent off, or null when it is none of ours. */
export function readModal(customId: string): ModalKind | null {
  const [, kind] = /^modal\|(ask|reply)$/.exec(customId) ?? [];
  return (kind as ModalKind | undefined) ?? null;
}

/** What was written into it. */
export function modalText({ data }: APIModalSubmitInteraction): string {
  for (const part of data.components) {
    const fields = 'component' in part ? [part.component] : 'components' in part ? part.components : [];
    for (const field of fields) {
      if ('value' in field && field.custom_id === 'text' && typeof field.value === 'string')
        return field.value;
    }
  }
  return '';
}
