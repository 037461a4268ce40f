import type { Claim } from '#core/turns/ports.ts';

/** The way out of sandboxes, as workers ask for it. Egress, another process on the same host, keeps the doors. */
export interface Doors {
  /** Asks for the session's door to serve this claim; resolves once it does, and nothing before it is served any more. */
  open(claim: Claim): Promise<void>;
  /**
   * Ends what came through for this claim, and has it sealed into the log. Returns after a while also when egress is
   * away: it serves a turn that has ended in no case.
   */
  close(claim: Claim): Promise<void>;
  /** The folder of the session's socket on this host, made if need be. */
  socketDir(sessionId: string): Promise<string>;
  /** PEM that the session's sandbox is to trust. @throws {DeckhandError} `door_unavailable` when egress does not answer */
  authority(sessionId: string): Promise<string>;
  /** How this process itself gets out as the claim's turn does, without a sandbox. The door must be open. */
  knock(claim: Claim): Promise<Knocking>;
  /** How far the session's egress log has come: refusals before it are known. */
  mark(sessionId: string): Promise<number>;
  /** What the door refused in this turn after a mark, oldest first, at most `limit`, in words for the agent. */
  refusals(claim: Claim, after: number, limit: number): Promise<string[]>;
}

/** What a process on the door's host connects to, and what it must say and trust there. */
export interface Knocking {
  socketPath: string;
  /** Said with CONNECT: the door serves it for this claim only (I8). */
  connectHeaders: Record<string, string>;
  /** PEM of who certifies everything that comes through the door. */
  authority: string;
}

/** What a worker has asked and egress has not done yet. */
export interface DoorWish {
  sessionId: string;
  turnId: string;
  epoch: number;
  socketUid: number;
  /** False: open it for this claim. */
  closing: boolean;
}

/** The wishes as egress sees them. `place` names the folder of sockets that it shares with the workers of its host. */
export interface DoorWishes {
  pending(place: string): Promise<DoorWish[]>;
  /** Doors that were open when another process of this place ended. */
  known(place: string): Promise<DoorWish[]>;
  opened(wish: DoorWish, authority: string): Promise<void>;
  closed(wish: DoorWish): Promise<void>;
  /** Of these, the doors that nobody has asked for lately and no turn uses: their rows are gone then. */
  retire(place: string, idleMs: number): Promise<string[]>;
}
