/** Why the twin says no: Discord's code with the sentence of its documentation, or an assumption. */
export interface Rule {
  status: number;
  code: number;
  says: string;
  /** Absent: the documentation does not say so, the twin assumes it. */
  at?: string;
}

const codes = 'https://docs.discord.com/developers/topics/opcodes-and-status-codes#json';
/** The table of codes names no status; the statuses are assumed. */
const quoted = (status: number, code: number, says: string): Rule => ({ status, code, says, at: codes });

export const rules = {
  unauthorized: { status: 401, code: 0, says: '401: Unauthorized' },
  unknownRoute: { status: 404, code: 0, says: '404: Not Found' },
  unknownChannel: quoted(404, 10003, 'Unknown channel'),
  unknownMessage: quoted(404, 10008, 'Unknown message'),
  unknownUser: quoted(404, 10013, 'Unknown user'),
  unknownWebhook: quoted(404, 10015, 'Unknown webhook'),
  unknownInteraction: quoted(404, 10062, 'Unknown interaction'),
  oldEdit: quoted(
    429,
    30046,
    'Maximum number of edits to messages older than 1 hour reached. Try again later',
  ),
  tooLarge: quoted(413, 40005, 'Request entity too large. Try sending something smaller in size'),
  acknowledged: quoted(400, 40060, 'Interaction has already been acknowledged'),
  missingAccess: quoted(403, 50001, 'Missing access'),
  notAuthor: quoted(403, 50005, 'Cannot edit a message authored by another user'),
  emptyMessage: quoted(400, 50006, 'Cannot send an empty message'),
  noDirect: quoted(403, 50007, 'Cannot send messages to this user'),
  missingPermission: quoted(403, 50013, 'You lack permissions to perform that action'),
  wrongChannel: quoted(400, 50024, 'Cannot execute action on this channel type'),
  invalidForm: quoted(400, 50035, 'Invalid form body'),
  archived: quoted(
    400,
    50083,
    'Tried to perform an operation on an archived thread, such as editing a message or adding a user to the thread',
  ),
  invalidJson: quoted(400, 50109, 'The request body contains invalid JSON.'),
  threadExists: quoted(400, 160004, 'A thread has already been created for this message'),
  threadLocked: quoted(400, 160005, 'Thread is locked'),
} as const satisfies Record<string, Rule>;

/** Discord says no. */
export class DiscordRefusal extends Error {
  override readonly name = 'DiscordRefusal';
  readonly rule: Rule;
  readonly field: string | undefined;

  constructor(rule: Rule, field?: string) {
    super(`${rule.code}: ${rule.says}${field ? ` (${field})` : ''}`);
    this.rule = rule;
    this.field = field;
  }
}

/** Refuses by a rule; `field` says where, as Discord does in `errors`. */
export function refuse(rule: Rule, field?: string): never {
  throw new DiscordRefusal(rule, field);
}
