import { toRow } from '#core/events/appender.ts';
import { canonical, fingerprint, sha256 } from '#core/events/canonical.ts';
import { contentHash, genesisHash, linkHash } from '#core/events/chain.ts';
import { type ErasedPerson, erasedBody } from '#core/events/erasure.ts';
import type { LogRow } from '#core/events/log-row.ts';
import type { Signer } from '#core/events/signing.ts';
import type { EventBodies, EventType } from '#core/events/types.ts';

/** Places drafts as the database does, for tests of what reads a log. */
export class SampleLog {
  readonly sessionId: string;
  readonly rows: LogRow[] = [];
  /** What rows name and do not hold. */
  readonly payloads = new Map<string, Uint8Array>();
  readonly #signer: Signer;

  constructor(sessionId: string, signer: Signer) {
    this.sessionId = sessionId;
    this.#signer = signer;
  }

  get head(): { seq: number; hash: string } {
    return { seq: this.rows.length, hash: this.rows.at(-1)?.hash ?? genesisHash(this.sessionId) };
  }

  add<T extends EventType>(
    type: T,
    body: EventBodies[T],
    at: { turn?: string | null; key?: string; epoch?: number; signed?: boolean } = {},
  ): this {
    const draft = {
      sessionId: this.sessionId,
      turnId: at.turn === undefined ? 'trn_1' : at.turn,
      epoch: at.epoch ?? null,
      type,
      key: at.key ?? null,
      body,
      at: '2026-01-01T00:00:00.000Z',
    };
    const { effect: _, ...row } = toRow({ draft, signed: type !== 'effect.intent' }, this.#signer);
    const { seq, hash: prevHash } = this.head;
    const hash = linkHash(prevHash, seq + 1, row.contentHash);
    this.rows.push({ ...row, seq: seq + 1, prevHash, hash });
    return this;
  }

  /** A whole turn: message, one model call, an approved command, the end, its post. */
  addTurn(turn: string, epoch: number): this {
    const person = { userId: 'usr_1', name: 'Ana' };
    const request = { kind: 'command' as const, title: 'run a command', subject: 'echo hi', why: null };
    const usage = { requests: 1, inputTokens: 1, outputTokens: 1 };
    const worker = { turn, epoch };
    this.add(
      'turn.submitted',
      { author: person, text: 'hi', files: [], platform: 'console', eventId: turn, sentAt: '2026' },
      { turn },
    );
    this.#effect('model:0', 'model', worker);
    this.add(
      'approval.opened',
      { approvalId: `apr_${turn}`, request, fingerprint: fingerprint(request), expiresAt: '2027' },
      { ...worker, key: 'call_1' },
    );
    this.add('turn.waiting', { approvals: [`apr_${turn}`] }, worker);
    this.add(
      'approval.decided',
      { approvalId: `apr_${turn}`, state: 'granted', scope: 'once', by: person },
      { turn, key: 'call_1' },
    );
    this.#effect('call_1/command:0', 'command', worker);
    this.add(
      'turn.finished',
      { state: 'succeeded', answer: 'done', error: null, usage },
      { ...worker, signed: true },
    );
    this.add(
      'turn.sealed',
      { headSeq: this.head.seq, headHash: this.head.hash },
      { ...worker, signed: true },
    );
    this.add('post.intent', { slot: 'answer:0', postKey: `key_${turn}` }, { turn });
    this.add(
      'post.receipt',
      { slot: 'answer:0', postKey: `key_${turn}`, platformId: 'm1', outcome: 'sent' },
      { turn, signed: true },
    );
    return this;
  }

  /** Takes a person's words out of a turn of theirs as an erasure does; its payloads go along. */
  erase(person: ErasedPerson, turn: string): this {
    const left = this.rows.map((row) =>
      row.turnId === turn ? { ...row, body: erasedBody(row, person, 'own') } : row,
    );
    const changed = left.filter((row, place) => row.body !== this.rows[place]?.body);
    this.rows.splice(0, this.rows.length, ...left);
    for (const hash of this.payloads.keys())
      if (!left.some(({ body }) => body.includes(hash))) this.payloads.delete(hash);
    const rows = changed.map((row) => ({ n: row.seq, was: row.contentHash, is: contentHash(row) }));
    const asked = { erasure: 'era_1', of: person.userId, by: 'usr_owner' };
    return this.add('data.erased', { ...asked, rows, egress: [] }, { turn: null });
  }

  /** A model call inline; a command with what it was asked and what it gave beside the log. */
  #effect(key: string, kind: 'model' | 'command', worker: { turn: string; epoch: number }): void {
    const asked = { key };
    const request = kind === 'model' ? { inline: asked } : this.#beside(asked);
    const result = kind === 'model' ? { inline: { text: 'ok' } } : this.#beside({ text: `ok ${key}` });
    const print = fingerprint({ kind, request: asked });
    this.add(
      'effect.intent',
      { kind, title: key, fingerprint: print, request, attempt: 1 },
      { ...worker, key },
    );
    const intent = this.head.seq;
    this.add(
      'effect.receipt',
      { kind, fingerprint: print, outcome: 'done', intent, result, ms: 1 },
      { ...worker, key, signed: true },
    );
  }
  #beside(value: unknown): { blob: string; bytes: number } {
    const content = Buffer.from(canonical({ value }));
    const hash = sha256(content);
    this.payloads.set(hash, content);
    return { blob: hash, bytes: content.length };
  }
}
