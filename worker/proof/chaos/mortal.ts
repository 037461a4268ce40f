import type { ChatAdapter } from '#core/chat/adapter.ts';
import { Appender, type Entry, type UnplacedRow } from '#core/events/appender.ts';
import type { Signer } from '#core/events/signing.ts';
import type { Core } from '#core/infra/open-core.ts';
import type { Sandbox, Sandboxes } from '#worker/sandbox/port.ts';
import type { Reaches } from './death.ts';

/** Ports that behave as the real ones behind them do, and say which point of a turn's life was reached. */

export function mortalSandboxes(inner: Sandboxes, reached: Reaches): Sandboxes {
  return {
    open: async (spec, signal) => mortalSandbox(await inner.open(spec, signal), reached),
    expect: (spec) => inner.expect(spec),
    renew: (spec) => inner.renew(spec),
    endTurn: (sessionId, epoch) => inner.endTurn(sessionId, epoch),
    save: (sessionId) => inner.save(sessionId),
    reap: (live) => inner.reap(live),
    close: () => inner.close(),
  };
}

function mortalSandbox(inner: Sandbox, reached: Reaches): Sandbox {
  return {
    id: inner.id,
    find: (key) => inner.find(key),
    readFile: (path, maxBytes) => inner.readFile(path, maxBytes),
    serve: (script) => inner.serve(script),
    writeFile: (path, content) => inner.writeFile(path, content),
    async run(command, watch) {
      reached('intent-effect');
      const result = await inner.run(command, watch);
      reached('effect-receipt');
      return result;
    },
  };
}

type Write = (rows: UnplacedRow[]) => Promise<number[]>;

/** The appender of a process that may die while a receipt is on its way, or just after it stands. */
export class MortalAppender extends Appender {
  readonly #reached: Reaches;

  constructor(write: Write, signer: Signer, reached: Reaches) {
    super((rows) => {
      const written = write(rows);
      // The statement leaves this process in the same tick; whether it is committed is up to chance from here.
      if (rows.some((row) => row.type === 'effect.receipt')) setImmediate(() => reached('receipt-commit'));
      return written;
    }, signer);
    this.#reached = reached;
  }

  override async append(entry: Entry): Promise<number> {
    const seq = await super.append(entry);
    if (entry.draft.type === 'effect.receipt') this.#reached('commit-next');
    return seq;
  }
}

export function mortalBell(inner: Core['bell'], reached: Reaches): Core['bell'] {
  return {
    ...inner,
    ring: (sessionId) => {
      reached('commit-wake');
      return inner.ring(sessionId);
    },
  };
}

export function mortalAdapter(inner: ChatAdapter, reached: Reaches): ChatAdapter {
  return {
    ...inner,
    async send(thread, post, key, remember) {
      reached('reserve-post');
      const platformId = await inner.send(thread, post, key, remember);
      reached('post-record');
      return platformId;
    },
  };
}
