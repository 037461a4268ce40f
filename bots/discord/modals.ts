import {
  type APIModalInteractionResponseCallbackData,
  type APIModalSubmitInteraction,
  ComponentType,
  TextInputStyle,
} from 'discord.js';

/** What a form is for: a message in the thread, a command with its words, a change of a schedule. */
export type Form = { kind: 'reply' } | { kind: 'command'; verb: string } | { kind: 'schedule'; id: string };

const mostCharacters = 4_000;

/** A form for what people want to write to us; `value` stands in it already. */
export function openForm(form: Form, title: string, label: string, value = '') {
  const detail = form.kind === 'command' ? `|${form.verb}` : form.kind === 'schedule' ? `|${form.id}` : '';
  const modal: APIModalInteractionResponseCallbackData = {
    custom_id: `modal|${form.kind}${detail}`,
    title,
    components: [
      {
        type: ComponentType.Label,
        label,
        component: {
          type: ComponentType.TextInput,
          custom_id: 'text',
          style: TextInputStyle.Paragraph,
          required: true,
          max_length: mostCharacters,
          ...(value ? { value: value.slice(0, mostCharacters).toWellFormed() } : {}),
        },
      },
    ],
  };
  return modal;
}

/** Which form was sent off, or null when it is none of ours. */
export function readForm(customId: string): Form | null {
  const [, kind, detail = ''] = /^modal\|(reply|command|schedule)(?:\|(\w+))?$/.exec(customId) ?? [];
  if (kind === 'reply') return { kind };
  if (kind === 'command' && detail) return { kind, verb: detail };
  return kind === 'schedule' && detail ? { kind, id: detail } : null;
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
