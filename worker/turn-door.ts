import type { Doors } from '#core/doors/ports.ts';
import type { Log } from '#core/log.ts';
import type { Leases } from '#core/secrets/leases.ts';
import type { Secrets } from '#core/secrets/ports.ts';
import type { Claim } from '#core/turns/ports.ts';
import { exportsOf } from './sandbox/exports.ts';
import type { Command, CommandResult, CommandWatch, Program, Sandbox } from './sandbox/port.ts';

/** What a turn needs to reach anything outside of its sandbox. */
export interface WayOut {
  doors: Doors;
  leases: Leases;
  secrets: Secrets;
}

/** Refusals that a command's result tells of, and what each of them may take. */
const maxRefusals = 8;
const maxRefusalChars = 400;

/** What a claim has of the outside: what stands for its author's secrets, and a door that serves it. */
export interface Entry {
  /** Placeholders by name; the secrets are leased to the claim. */
  leased: Promise<Readonly<Record<string, string>>>;
  /** From here on no request of this turn is taken for one of another. */
  opened: Promise<void>;
}

/** Enters once, when the first needs it; whoever comes after a failure tries anew. */
export function enterDoor(
  claim: Claim,
  author: { userId: string; workspaceId: string },
  way: WayOut,
): () => Entry {
  let entry: Entry | null = null;
  return () => {
    if (entry) return entry;
    const leased = way.secrets
      .visibleTo(author.workspaceId, author.userId)
      .then((secrets) => way.leases.grant(claim, secrets));
    const opened = leased.then(() => way.doors.open(claim));
    const made = { leased, opened };
    opened.catch(() => {
      if (entry === made) entry = null;
    });
    entry = made;
    return made;
  };
}

/** The turn's sandbox with its way out: its door serves the turn before the first command runs. */
export function throughDoor(
  claim: Claim,
  enter: () => Entry,
  doors: Doors,
  open: () => Promise<Sandbox>,
): () => Promise<Sandbox> {
  let opening: Promise<Sandbox> | null = null;
  const openBoth = async () => {
    const { leased, opened } = enter();
    const placeholders = await leased;
    // Side by side: a new sandbox waits for its authority, which comes with the door.
    const [sandbox] = await Promise.all([open(), opened]);
    return new SandboxWithDoor(sandbox, claim, doors, placeholders);
  };
  return () => {
    opening ??= openBoth().catch((error) => {
      opening = null;
      throw error;
    });
    return opening;
  };
}

/** How the worker itself gets out as its claim's turn does. */
export function knockAs(claim: Claim, enter: () => Entry, doors: Doors) {
  return async () => {
    const { leased, opened } = enter();
    const [placeholders] = await Promise.all([leased, opened]);
    return { placeholders, knocking: await doors.knock(claim) };
  };
}

/** Ends what the turn had of the outside; whatever fails here, a turn that has ended gets nothing more. */
export async function closeDoor(claim: Claim, way: WayOut, log: Log): Promise<void> {
  const ended = await Promise.allSettled([way.leases.drop(claim), way.doors.close(claim)]);
  for (const one of ended) {
    if (one.status === 'rejected') log.warn({ err: one.reason }, 'the door is closed by egress itself');
  }
}

class SandboxWithDoor implements Sandbox {
  readonly id: string;
  readonly readFile: Sandbox['readFile'];
  readonly writeFile: Sandbox['writeFile'];
  readonly find: Sandbox['find'];
  readonly #inner: Sandbox;
  readonly #claim: Claim;
  readonly #doors: Doors;
  readonly #placeholders: Readonly<Record<string, string>>;

  constructor(inner: Sandbox, claim: Claim, doors: Doors, placeholders: Readonly<Record<string, string>>) {
    this.id = inner.id;
    this.readFile = inner.readFile.bind(inner);
    this.writeFile = inner.writeFile.bind(inner);
    this.find = inner.find.bind(inner);
    this.#inner = inner;
    this.#claim = claim;
    this.#doors = doors;
    this.#placeholders = placeholders;
  }

  serve(script: string): Promise<Program> {
    return this.#inner.serve(exportsOf(this.#placeholders) + script);
  }

  async run(command: Command, watch?: CommandWatch): Promise<CommandResult> {
    const before = await this.#doors.mark(this.#claim.sessionId);
    const env = { ...command.env, ...this.#placeholders };
    const result = await this.#inner.run({ ...command, env }, watch);
    const refused = await this.#doors.refusals(this.#claim, before, maxRefusals + 1);
    return refused.length === 0 ? result : { ...result, note: withRefusals(result.note, refused) };
  }
}

/** Not every client shows what it was answered (pip never does), so the agent reads it here too. */
function withRefusals(note: string | null, refused: readonly string[]): string {
  const shown = refused
    .slice(0, maxRefusals)
    .map((one) => `- ${one.slice(0, maxRefusalChars).toWellFormed()}`);
  const more = refused.length > maxRefusals ? ['- and more'] : [];
  return [...(note ? [note] : []), 'The door refused or could not finish:', ...shown, ...more].join('\n');
}
