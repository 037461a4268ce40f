import { doorPlace } from '#core/doors/place.ts';
import type { DoorWish } from '#core/doors/ports.ts';
import { DoorKeeper, type KeeperDeps } from './door-keeper.ts';
import { Holds } from './holds.ts';
import { Ledger } from './ledger.ts';

/** What of the live signals the doors listen to. */
export interface Signals {
  publish(signal: { kind: 'events'; sessionId: string }): void;
  subscribe(
    sessionId: '*',
    listener: (signal: { kind: string; sessionId: string }) => void,
  ): Promise<() => Promise<void>>;
}

export interface EgressParts extends Omit<KeeperDeps, 'holds' | 'ledger' | 'announce'> {
  live: Signals;
  /** A door whose sandbox nobody has used for this long is shut. */
  idleMs: number;
}

/** Signals may be lost: wishes are looked for this often anyway. */
const lookMs = 500;
const tidyMs = 5_000;

/** Keeps the doors of this host until it is stopped. */
export async function startEgress(parts: EgressParts): Promise<{ stop(): Promise<void> }> {
  const { wishes, egressLog, live, log, idleMs } = parts;
  const place = doorPlace(parts.home);
  const ledger = new Ledger(egressLog, (why) => log.warn({ why }, 'the egress log waits for the database'));
  const holds = new Holds(parts.asks);
  const announce = (sessionId: string) => live.publish({ kind: 'events', sessionId });
  const keeper = new DoorKeeper({ ...parts, ledger, holds, announce });
  const busy = new Set<string>();
  let looking = false;
  let again = false;
  let stopped = false;

  /** One after the other for each session, side by side for several. */
  function serve(wish: DoorWish): void {
    const { sessionId } = wish;
    if (busy.has(sessionId)) return;
    busy.add(sessionId);
    const work = wish.closing ? keeper.close(wish) : keeper.open(wish);
    void work.then(
      () => {
        busy.delete(sessionId);
        if (wish.closing) announce(sessionId);
        // It may have asked for something else meanwhile.
        if (!stopped) look();
      },
      (error) => {
        busy.delete(sessionId);
        log.error({ err: error, session: sessionId }, 'a door was not served; it is tried again');
      },
    );
  }

  async function lookAll(): Promise<void> {
    while (again && !stopped) {
      again = false;
      for (const wish of await wishes.pending(place)) serve(wish);
    }
  }

  function look(): void {
    again = true;
    if (looking) return;
    looking = true;
    void lookAll()
      .catch((error) => log.warn({ err: error }, 'wishes for doors cannot be read; they are tried again'))
      .finally(() => {
        looking = false;
      });
  }

  async function tidy(): Promise<void> {
    for (const sessionId of await egressLog.unsealed(100)) {
      if (busy.has(sessionId)) continue;
      await egressLog.seal(sessionId, null);
      announce(sessionId);
    }
    for (const sessionId of await wishes.retire(place, idleMs)) await keeper.retire(sessionId);
  }

  const reopened = await Promise.allSettled((await wishes.known(place)).map((wish) => keeper.reopen(wish)));
  for (const one of reopened) {
    if (one.status === 'rejected') log.error({ err: one.reason }, 'a door could not be opened again');
  }
  const unsubscribe = await live.subscribe('*', (signal) => {
    if (signal.kind === 'door') look();
    if (signal.kind === 'events') holds.nudge(signal.sessionId);
  });
  look();
  const quietly = (name: string, work: () => Promise<void>) => () =>
    void work().catch((error) => log.warn({ err: error }, `${name} failed; it is tried again`));
  const timers = [
    setInterval(look, lookMs),
    setInterval(
      quietly('looking after connections', () => keeper.lookAround()),
      lookMs,
    ),
    setInterval(quietly('tidying', tidy), tidyMs),
  ];
  return {
    stop: async () => {
      stopped = true;
      for (const timer of timers) clearInterval(timer);
      await unsubscribe().catch(() => {});
      await keeper.stop();
      await ledger.flushAll();
    },
  };
}
