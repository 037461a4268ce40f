import type { Doors } from '#core/doors/ports.ts';
import type { Log } from '#core/log.ts';
import type { Leases } from '#core/secrets/leases.ts';
import type { Secrets } from '#core/secrets/ports.ts';
import type { Claim } from '#core/turns/ports.ts';
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

/**
 * The turn's sandbox with its way out: the author's secrets are leased to the claim, and its door serves it before the
 * first command runs, so that no request of this turn is ever taken for one of another.
 */
export function throughDoor(
  claim: Claim,
  author: { userId: string; workspaceId: string },
  way: WayOut,
  open: () => Promise<Sandbox>,
): () => Promise<Sandbox> {
  let opened: Promise<Sandbox> | null = null;
  const openBoth = async () => {
    const secrets = await way.secrets.visibleTo(author.workspaceId, author.userId);
    const placeholders = await way.leases.grant(claim, secrets);
    // Side by side: a new sandbox waits for its authority, which comes with the door.
    const [sandbox] = await Promise.all([open(), way.doors.open(claim)]);
    return new SandboxWithDoor(sandbox, claim, way.doors, exportsOf(placeholders));
  };
  return () => {
    opened ??= openBoth().catch((error) => {
      opened = null;
      throw error;
    });
    return opened;
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
  readonly #exports: string;

  constructor(inner: Sandbox, claim: Claim, doors: Doors, exports: string) {
    this.id = inner.id;
    this.readFile = inner.readFile.bind(inner);
    this.writeFile = inner.writeFile.bind(inner);
    this.find = inner.find.bind(inner);
    this.#inner = inner;
    this.#claim = claim;
    this.#doors = doors;
    this.#exports = exports;
  }

  serve(script: string): Promise<Program> {
    return this.#inner.serve(this.#exports + script);
  }

  async run(command: Command, watch?: CommandWatch): Promise<CommandResult> {
    const before = await this.#doors.mark(this.#claim.sessionId);
    const result = await this.#inner.run({ ...command, script: this.#exports + command.script }, watch);
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

/** Placeholders hold nothing that a shell would read; names are checked, since people choose them. */
function exportsOf(placeholders: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(placeholders).filter(([name]) => /^[A-Z_][A-Z0-9_]*$/i.test(name));
  return pairs.length === 0 ? '' : `export ${pairs.map(([name, text]) => `${name}=${text}`).join(' ')}; `;
}
