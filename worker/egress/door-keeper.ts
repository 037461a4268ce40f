import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HostAsks } from '#core/approvals/host-asks.ts';
import { doorFolder, doorSocket, workerSocket } from '#core/doors/place.ts';
import type { DoorWish, DoorWishes } from '#core/doors/ports.ts';
import type { EgressLog } from '#core/events/egress-log-port.ts';
import type { Log } from '#core/log.ts';
import type { Standings } from '#core/secrets/leases.ts';
import { openAuthority } from './authority/authority.ts';
import { Door, type DoorOptions } from './door.ts';
import type { GroundDeps } from './grounds.ts';
import type { Holds } from './holds.ts';
import type { Ledger } from './ledger.ts';
import { SessionRulings } from './session-rulings.ts';
import { sessionWitness } from './session-witness.ts';
import type { Renewals } from './sign-in/renewals.ts';
import { TurnWatch } from './turn-watch.ts';

export interface KeeperDeps extends GroundDeps {
  renewals: Pick<Renewals, 'troubled' | 'refresh' | 'suspect'>;
  home: string;
  /** What the authorities of all sandboxes are derived from. */
  key: Uint8Array;
  standings: Standings;
  wishes: DoorWishes;
  asks: HostAsks;
  egressLog: EgressLog;
  holds: Holds;
  ledger: Ledger;
  why(turnId: string): Promise<string | null>;
  /** Says that a session's log has grown. */
  announce(sessionId: string): void;
  network: Pick<DoorOptions, 'lookup' | 'own' | 'trust'>;
  limits: { holdMs: number; lifeMs: number; connectionsMax: number; requestsMax: number };
  log: Log;
}

/** How many attempts to get a secret out are told of in one turn: more would only drown the log. */
const maxAlarms = 20;
/** How long requests that were cut off may take to say so. */
const settleMs = 1_000;

interface Kept {
  door: Door;
  watch: TurnWatch;
  pem: string;
}

/** Opens, serves and closes the doors of this host's sandboxes as their workers ask for them. */
export class DoorKeeper {
  readonly #deps: KeeperDeps;
  readonly #doors = new Map<string, Promise<Kept>>();

  constructor(deps: KeeperDeps) {
    this.#deps = deps;
  }

  /** The door serves this claim from now on, and none before it. */
  async open(wish: DoorWish): Promise<void> {
    const { door, watch, pem } = await this.#door(wish);
    watch.forget();
    const standing = await watch.standing();
    // What another turn left behind has nothing to say in this one.
    if (standing?.turnId !== wish.turnId) door.closeTurn();
    await this.#deps.wishes.opened(wish, pem);
  }

  /** Cuts off what the turn left, and seals what went through for it. The door stays. */
  async close(wish: DoorWish): Promise<void> {
    const { sessionId, turnId } = wish;
    const kept = await this.#doors.get(sessionId);
    if (kept) {
      kept.watch.end(wish);
      kept.door.closeTurn();
      await kept.door.settled(settleMs);
    }
    // Unwritten entries would be missing under the seal; the wish stands until the database is back.
    if (!(await this.#deps.ledger.flush(sessionId))) throw new Error('the egress log is not written yet');
    await this.#deps.egressLog.seal(sessionId, turnId);
    await this.#deps.wishes.closed(wish);
  }

  /** A door that was open when another process of this host ended: its sandbox may be at work. */
  async reopen(wish: DoorWish): Promise<void> {
    await this.#door(wish);
  }

  /** Turns also end without a word from their worker: connections that stand open are looked after. */
  async lookAround(): Promise<void> {
    for (const opening of this.#doors.values()) {
      const { door, watch } = await opening;
      if (door.connections > 0) await watch.standing();
    }
  }

  async retire(sessionId: string): Promise<void> {
    const opening = this.#doors.get(sessionId);
    this.#doors.delete(sessionId);
    const kept = await opening;
    await kept?.door.close();
    // Somebody has asked for it again meanwhile: the sockets are the new one's.
    if (this.#doors.has(sessionId)) return;
    const { home } = this.#deps;
    for (const path of [doorSocket(home, sessionId), workerSocket(home, sessionId)]) {
      await rm(path, { force: true });
    }
  }

  /** Ends every connection; the sockets stay for the next process. */
  async stop(): Promise<void> {
    const doors = await Promise.allSettled(this.#doors.values());
    this.#doors.clear();
    await Promise.all(doors.map((one) => (one.status === 'fulfilled' ? one.value.door.close() : null)));
  }

  #door(wish: DoorWish): Promise<Kept> {
    const { sessionId } = wish;
    const known = this.#doors.get(sessionId);
    if (known) return known;
    const opening = this.#make(wish);
    this.#doors.set(sessionId, opening);
    opening.catch(() => this.#doors.delete(sessionId));
    return opening;
  }

  async #make({ sessionId, socketUid }: DoorWish): Promise<Kept> {
    const deps = this.#deps;
    const folder = doorFolder(deps.home, sessionId);
    await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
    await mkdir(folder, { recursive: true, mode: 0o755 });
    const authority = openAuthority(deps.key, sessionId);
    const made: { door: Door | null } = { door: null };
    let alarms = 0;
    const watch = new TurnWatch(sessionId, deps, () => {
      alarms = 0;
      made.door?.closeTurn();
    });
    const rulings = new SessionRulings({
      watch,
      asks: deps.asks,
      holds: deps.holds,
      why: deps.why,
      alarm: (turnId, body) => {
        alarms += 1;
        deps.log.warn(
          { session: sessionId, turn: turnId, host: body.host, code: body.code },
          'a placeholder was stopped',
        );
        if (alarms > maxAlarms) return;
        void deps.egressLog.alarm({ sessionId, turnId }, body).catch((error) => {
          deps.log.error({ err: error, session: sessionId }, 'an alarm could not be written down');
        });
      },
      asked: () => deps.announce(sessionId),
      used: (secretId) => void deps.vault.used(secretId),
      renew: (secret, { workspaceId, author: { userId } }) =>
        deps.renewals.refresh(secret.secretId, secret, { workspaceId, userId, sessionId }),
      refused: (secretId) => {
        deps.renewals.suspect(secretId);
        watch.forget();
      },
      logFull: () => deps.ledger.full,
      ...deps.limits,
    });
    const { connectionsMax, requestsMax } = deps.limits;
    made.door = await Door.open({
      folder,
      socketUid,
      workerSocket: workerSocket(deps.home, sessionId),
      authority,
      rulings,
      witness: sessionWitness(sessionId, () => watch.turnId, deps.ledger),
      connectionsMax,
      requestsMax,
      ...deps.network,
    });
    return { door: made.door, watch, pem: authority.pem };
  }
}
