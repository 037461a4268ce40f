import type { EffectKind } from './types.ts';

/** One effect: what identifies it, and what it is about to do. */
export interface EffectSpec {
  /** `model:<n>`, or `<callId>/<kind>:<n>`: the same in every run of the turn. */
  key: string;
  kind: EffectKind;
  /** One line for people: `$ uname -a`. */
  title: string;
  /** Plain data; its canonical form is the effect's fingerprint. Large requests go to the blob store by themselves. */
  request: unknown;
}

/** How `perform` is asked to go about it. */
export interface Performance {
  /** 1, and higher where an effect in doubt is asked again. */
  attempt: number;
  /** The journal holds an intent and no receipt: the effect may have happened. Settle it, do not just repeat it. */
  inDoubt: boolean;
}

/** What came of an effect; `interrupted`: it may or may not have happened. */
export type Performed<T> = { outcome: 'done' | 'failed' | 'interrupted'; result: T };

/** An effect as the log has it. */
export interface RecordedEffect {
  key: string;
  request: unknown;
  /** Null: begun, and nothing is known of its end. */
  receipt: Performed<unknown> | null;
}

/** The one way in which a turn touches the world (I4). */
export interface Journal {
  /**
   * Gives the receipt's result if there is one, else writes the intent, performs, writes the receipt. Live and replayed
   * calls give the same parsed value.
   * @throws {DeckhandError} `turn.fenced` (another worker has the turn), `turn.diverged` (the fingerprint is not the
   *   recorded one). Both end the run and must not become text for the model.
   */
  effect<T>(spec: EffectSpec, perform: (how: Performance) => Promise<Performed<T>>): Promise<Performed<T>>;
  /** Is there a receipt for this key already? */
  settled(key: string): boolean;
  /** The effects of one kind as the log has them, in the order they were first begun. */
  recorded(kind: EffectKind): Promise<RecordedEffect[]>;
}
