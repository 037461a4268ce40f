import { html } from './html.js';

/**
 * The state of a thread as a signal flag: K, "I wish to communicate with you", when it needs somebody; P, "about to
 * sail", while it works; Q, "free to enter", while it is queued. The words stand beside it for those who read no flags.
 */
const words = { waiting: 'needs you', running: 'working', queued: 'queued', idle: 'idle' };

/** @param {{ state: 'idle' | 'queued' | 'running' | 'waiting' }} props */
export function Flag({ state }) {
  return html`<span class="flag flag-${state}" role="img" aria-label=${words[state]} title=${words[state]}></span>`;
}
