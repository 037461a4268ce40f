/** `queued → running ⇄ waiting → succeeded / failed / cancelled`. The database refuses every other move. */
export type TurnState = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';

/** No move leaves these. */
export type FinalState = 'succeeded' | 'failed' | 'cancelled';

export function isFinal(state: TurnState): state is FinalState {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}
