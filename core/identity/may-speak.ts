import { may, type Role } from './roles.ts';

/** What a person is to the workspace that they write in. */
export type Standing = 'member' | 'guest' | 'stranger';

/** What an administrator lets others than members do. */
export interface SpeakPolicy {
  /** May guests and people of other organisations use Deckhand? */
  guests: boolean;
}

/**
 * Who may use Deckhand at all: ask, go on, stop, answer. The one decision, on the idle and on the busy path. Gives the
 * reason why not, or null.
 */
export function whyNotSpeak(role: Role, standing: Standing, policy: SpeakPolicy): string | null {
  if (standing === 'stranger' && !policy.guests) return 'people from other organisations cannot run me here';
  if (standing === 'guest' && !policy.guests) return 'guests of this workspace cannot run me';
  if (!may(role, 'ask')) return 'you may read here, but not ask';
  return null;
}
