import type { TurnDocument } from './document.ts';

/** What a request that has to wait says of itself, and the buttons under it while they would do anything. */
export interface QueueNote {
  text: string;
  /** `steer`: Steer now. `cancel`: Cancel. What they do: `steer` and `stop` of the controls. */
  buttons: ('steer' | 'cancel')[];
  /** It waits no longer: the note is edited where it stands, and never posted anew. */
  late: boolean;
}

/** The note of a request that waits or has waited; null: it never had to, or nobody has looked where it stands. */
export function queueNote(document: TurnDocument): QueueNote | null {
  const { state, steering, queue } = document;
  if (steering?.told) return settled('↪ Told to what was running.');
  if (state !== 'queued') {
    return settled(document.startedAt === null ? '■ Taken back. Nothing was run.' : 'It is its turn now.');
  }
  if (!queue || queue.ahead === 0) return null;
  if (steering)
    return { text: '↪ Told to what runs now at its next step.', buttons: ['cancel'], late: false };
  const text = queue.ahead === 1 ? 'Queued, next in line.' : `Queued behind ${queue.ahead} requests.`;
  return { text, buttons: queue.steerable ? ['steer', 'cancel'] : ['cancel'], late: false };
}

function settled(text: string): QueueNote {
  return { text, buttons: [], late: true };
}
