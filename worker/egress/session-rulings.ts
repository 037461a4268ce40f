import type { Grant, HostAsks, HostGroup } from '#core/approvals/host-asks.ts';
import { requestLine } from '#core/approvals/host-request.ts';
import { fingerprint } from '#core/events/canonical.ts';
import type { EventBodies } from '#core/events/types.ts';
import { decide, mayPassThrough } from '#core/policy/decide.ts';
import type { Tunnel } from '#core/policy/match.ts';
import { canonicalRequest, requestFingerprint, requestUrl } from '#core/policy/request.ts';
import type { SecretBinding } from '#core/secrets/bindings.ts';
import type { Standing } from '#core/secrets/leases.ts';
import type { StoredSecret } from '#core/secrets/ports.ts';
import { putOn } from '#core/secrets/put-on.ts';
import { type Choice, chooseSecret } from './choose-secret.ts';
import { type Holds, heldMs } from './holds.ts';
import type { Credential, Knock, Ruling, Rulings } from './ports.ts';
import type { Now, TurnWatch } from './turn-watch.ts';

export interface RulingDeps {
  watch: TurnWatch;
  asks: HostAsks;
  holds: Holds;
  /** A reason in the agent's words why something is reached now; null when it gave none. */
  why(turnId: string): Promise<string | null>;
  alarm(turnId: string, body: EventBodies['egress.alarm']): void;
  /** A question was put to people: whoever shows it should look. */
  asked(): void;
  /** The value of a secret is being put on a request. */
  used(secretId: string): void;
  /** Makes a secret that somebody signed in for good for now; else says why it cannot be used. */
  renew(secret: StoredSecret, of: Standing): Promise<string | null>;
  /** A server did not take it. */
  refused(secretId: string): void;
  /** Nothing may pass that could not be written down. */
  logFull(): boolean;
  /** How long a request is held for an answer, and how long its question stays open. */
  holdMs: number;
  lifeMs: number;
}

type Allowed = Extract<Ruling, { allow: true }>;

/** Decides what passes one session's door: the running turn, policy, placeholder; then people, where policy says so. */
export class SessionRulings implements Rulings {
  readonly #deps: RulingDeps;
  /** Opened secrets whose use was told of. */
  readonly #noted = new WeakSet<object>();
  /** The last of those who ask people. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: RulingDeps) {
    this.#deps = deps;
  }

  decide(knock: Knock): Promise<Ruling> {
    return this.#decide(knock, false);
  }

  /** `renewed`: once for this request a secret was, so that everything was read anew. */
  async #decide(knock: Knock, renewed: boolean): Promise<Ruling> {
    const now = await this.#deps.watch.now();
    if (!now) return no('no_turn', noTurn, { rule: 'no turn runs', turnId: null });
    const { turnId, epoch } = now.standing;
    if (knock.claim !== null && knock.claim !== epoch)
      return no('no_turn', overtaken, { rule: 'another claim stands', turnId });
    if (this.#deps.logFull()) return no('log_unavailable', logFull, { rule: 'the log is full', turnId });
    const policy = decide(knock.request, now.grounds.layers);
    const rule = policy.decidedBy.text;
    if (policy.effect === 'deny') {
      const why = `Policy does not allow ${knock.request.method} ${requestUrl({ ...knock.request, query: '' })}: ${policy.reason}. Do without it, or tell the people in the thread.`;
      return no('policy', why, { rule, turnId });
    }
    const body = await knock.bodyStart();
    const choice = chooseSecret({ ...knock, body }, now.grounds);
    if (choice.kind === 'refused') return this.#refuse(knock, now, choice);
    const secret = choice.kind === 'use' ? choice.secret : null;
    if (secret && !renewed && now.grounds.troubled.has(secret.secretId)) {
      const fault = await this.#deps.renew(secret, now.standing);
      if (fault !== null) return no('sign_in_ended', cannotUse(secret, fault), { rule, turnId });
      this.#deps.watch.forget();
      return this.#decide(knock, true);
    }
    const base: Allowed = {
      allow: true,
      rule,
      turnId,
      opened: policy.opened,
      ...(now.grounds.redaction ? { redaction: now.grounds.redaction } : {}),
    };
    // Others have worked in this workspace: what they left behind must not spend what is not theirs (DOOR.md rule 2).
    // A worker's own requests come from no workspace.
    const planted = now.standing.shared && knock.claim === null;
    const mustAsk = policy.effect === 'ask' || (secret !== null && planted);
    if (!mustAsk && secret === null) return base;
    const answer = mustAsk ? await this.#ask(knock, body, now, secret) : { itemId: null, grant: null };
    if ('allow' in answer) return answer;
    return this.#begin(knock, body, now, base, choice, answer);
  }

  async passThrough(tunnel: Tunnel): Promise<Allowed | null> {
    const now = await this.#deps.watch.now();
    if (!now || !mayPassThrough(tunnel, now.grounds.layers)) return null;
    const asked = { ...tunnel, method: 'GET', scheme: 'https', path: '/', query: '', body: noBody } as const;
    const { opened, decidedBy } = decide(asked, now.grounds.layers);
    return { allow: true, opened, rule: `${decidedBy.text}, unread`, turnId: now.standing.turnId };
  }

  #refuse(knock: Knock, { standing }: Now, choice: Extract<Choice, { kind: 'refused' }>): Ruling {
    const { code, reason, secret, alarm } = choice;
    const { host, method } = knock.request;
    if (alarm) this.#deps.alarm(standing.turnId, { host, method, code, secret });
    return no(code, reason, { rule: 'placeholder', turnId: standing.turnId });
  }

  /** Puts the request on a card and holds it. */
  async #ask(
    knock: Knock,
    body: Uint8Array,
    { standing }: Now,
    secret: StoredSecret | null,
  ): Promise<Ruling | { itemId: string | null; grant: Grant }> {
    const { asks, holds, holdMs, lifeMs } = this.#deps;
    const { sessionId, turnId, author } = standing;
    const { method, host, port } = knock.request;
    const group: HostGroup = { host, port, method, secret: secret && shownSecret(secret, author.name) };
    const refusal = (code: string, reason: string) => no(code, reason, { rule: 'asked', turnId });
    const shown = `${method} ${host}:${port}`;
    const line = requestLine(method, requestUrl(knock.request), sizeOf(body));
    const asked = await this.#inLine(async () => {
      if (knock.signal.aborted) return null;
      const why = await this.#deps.why(turnId);
      const fingerprint = printOf(knock, body, secret);
      return asks.ask({
        ...{ ...standing, authorId: author.userId },
        ...{ group, fingerprint, line, why, holdMs: heldMs, lifeMs },
      });
    });
    if (asked === null) return refusal('given_up', 'Nobody waited for it any more before it was asked for.');
    if (asked.kind === 'granted') return asked;
    if (asked.kind === 'denied') return refusal('denied', deniedText(asked.by?.name, shown));
    if (asked.kind === 'fenced') return refusal('no_turn', noTurn);
    if (asked.kind === 'full') {
      return refusal(
        'too_many_questions',
        `${shown} was not asked for: too many questions are open in this turn. Wait for answers before you ask for more.`,
      );
    }
    this.#deps.asked();
    const state = await holds.wait(asked.itemId, sessionId, holdMs, knock.signal);
    if (state.kind === 'granted') return { itemId: asked.itemId, grant: state.grant };
    if (state.kind === 'denied') return refusal('denied', deniedText(state.by?.name, shown));
    if (state.kind === 'expired') {
      return refusal(
        'not_answered',
        `Nobody answered in time whether ${shown} may be reached. Nothing was sent.`,
      );
    }
    const wait = `Nobody has answered yet whether ${shown} may be reached. Nothing was sent. The question stays open in the thread: try the same again once it is approved, or go on without it.`;
    return refusal('ask_pending', wait);
  }

  /** The last step before it goes: written down, and only if the turn still runs and the answer is still good for one. */
  async #begin(
    knock: Knock,
    body: Uint8Array,
    now: Now,
    base: Allowed,
    choice: Exclude<Choice, { kind: 'refused' }>,
    { itemId, grant }: { itemId: string | null; grant: Grant | null },
  ): Promise<Ruling> {
    const { standing, grounds } = now;
    const use = choice.kind === 'use' ? choice : null;
    const opened = use ? grounds.values.get(use.secret.secretId) : undefined;
    if (use && !(opened && 'value' in opened)) {
      const { fault } = opened ?? { fault: 'it is not there any more' };
      return no('secret_unreadable', cannotUse(use.secret, fault), base);
    }
    const intent = {
      method: knock.request.method,
      url: maskedUrl(knock, grounds),
      fingerprint: printOf(knock, body, use?.secret ?? null),
      secret: use?.secret.name ?? null,
      approvalId: grant?.approvalId ?? null,
    };
    const uses = { itemId, secret: use?.secret ?? null };
    if (!(await this.#deps.asks.begin(standing, intent, uses))) {
      // A secret that was replaced is read anew for the next try.
      this.#deps.watch.forget();
      return no('no_turn', tooLate, base);
    }
    const rule = grant ? `allowed by ${grant.by?.name ?? 'somebody'} (${grant.approvalId})` : base.rule;
    const passed: Allowed = { ...base, ...(rule ? { rule } : {}) };
    if (!use || !opened || !('value' in opened)) return passed;
    const { secretId, name } = use.secret;
    const { used, refused } = this.#deps;
    const credential = credentialOf(use.binding, opened.value, {
      used: () => {
        // Once for each reading of the grounds: who looks when a secret was used last does not look closer.
        if (this.#noted.has(opened)) return;
        this.#noted.add(opened);
        used(secretId);
      },
      refused: () => refused(secretId),
    });
    return { ...passed, secret: name, credential };
  }

  /**
   * One by one: each takes the session's row, and all that wait for it side by side would hold the connections to the
   * database that other sessions need.
   */
  #inLine<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

const noBody = { sha256: '', cut: false };
const noTurn =
  'Nobody is working in this thread right now, so nothing passes. What runs on after its turn cannot reach anything.';
const overtaken =
  'This request speaks for a claim on the turn that does not stand any more, so nothing passes: another worker has taken over.';
const tooLate =
  'This request came too late: its turn has ended, its permission was used up, or its secret was replaced or removed a moment ago. Nothing was sent; while the turn runs it may be tried again.';
const logFull =
  'Nothing passes right now, since it could not be written down: the database is away. Try again in a moment.';

function credentialOf(
  binding: SecretBinding,
  value: string,
  { used, refused }: { used: () => void; refused: () => void },
): Credential {
  return {
    putOn: (request) => {
      used();
      return putOn(request, binding, value);
    },
    refused,
  };
}

function shownSecret({ secretId, name, user }: StoredSecret, author: string): HostGroup['secret'] {
  return { secretId, name, whose: user === null ? null : author };
}

/** Of everything that is sent, and of the secret that will be put on (DOOR.md rule 6). */
function printOf(knock: Knock, body: Uint8Array, secret: StoredSecret | null): string {
  const request = requestFingerprint(canonicalRequest({ ...knock.raw, body }));
  return fingerprint({ request, secret: secret?.secretId ?? null });
}

function sizeOf(body: Uint8Array): string | null {
  if (body.length === 0) return null;
  return body.length > 64 * 1024 ? 'over 64 KiB' : `${body.length} bytes`;
}

function maskedUrl(knock: Knock, { redaction }: Now['grounds']): string {
  const url = requestUrl({ ...knock.request, query: '' });
  return redaction?.text(url) ?? url;
}

function cannotUse({ name }: StoredSecret, why: string): string {
  return `The secret ${name} cannot be used: ${why}`;
}

function deniedText(by: string | undefined, shown: string): string {
  return `${by ?? 'Somebody'} denied ${shown}. Nothing was sent. Do not try to reach the same in another way.`;
}

function no(code: string, reason: string, of: Pick<Ruling, 'rule' | 'turnId'>): Ruling {
  const { rule, turnId } = of;
  return {
    allow: false,
    code,
    reason,
    ...(rule ? { rule } : {}),
    ...(turnId !== undefined ? { turnId } : {}),
  };
}
