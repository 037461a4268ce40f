import { erasedText } from '#core/events/erasure.ts';
import type { Queryable } from '../database.ts';

/** What is a person's alone and of use to nobody once they are gone. `$1` is their id. */
const ownRows = [
  'DELETE FROM web_session WHERE user_id = $1',
  'DELETE FROM api_key WHERE user_id = $1',
  'DELETE FROM sign_in_link WHERE user_id = $1',
  'DELETE FROM account WHERE user_id = $1',
  'DELETE FROM account_join WHERE user_id = $1 OR claimed_by = $1',
  'DELETE FROM secret_link WHERE user_id = $1',
  'DELETE FROM sign_in WHERE user_id = $1',
  'DELETE FROM sign_in_grant WHERE secret_id IN (SELECT id FROM secret WHERE user_id = $1)',
  'DELETE FROM lease WHERE secret_id IN (SELECT id FROM secret WHERE user_id = $1)',
  'DELETE FROM placeholder WHERE secret_id IN (SELECT id FROM secret WHERE user_id = $1)',
  'DELETE FROM secret WHERE user_id = $1',
  'DELETE FROM mcp_sighting WHERE user_id = $1',
  'DELETE FROM schedule WHERE owner_id = $1',
  'DELETE FROM feedback WHERE user_id = $1',
  `DELETE FROM policy WHERE layer = 'user' AND owner = $1`,
  `DELETE FROM policy_proposal WHERE layer = 'user' AND owner = $1`,
  `DELETE FROM template WHERE layer = 'user' AND owner_id = $1`,
  `DELETE FROM template_proposal WHERE layer = 'user' AND owner_id = $1`,
  `UPDATE policy_proposal SET why = '${erasedText}' WHERE proposed_by = $1`,
  `UPDATE template_proposal SET why = '${erasedText}' WHERE proposed_by = $1`,
  // Messages whose keys have not come: their author's account stands in them.
  `DELETE FROM unread_message m USING identity i WHERE i.user_id = $1 AND m.platform = i.platform
     AND strpos(m.event, i.account_id) > 0`,
  'DELETE FROM identity WHERE user_id = $1',
];

/**
 * Ends every way in, and takes away what is theirs alone. Their row stays, without a name, for what only counts: turns and
 * usage. Whoever writes with one of their accounts from now on is somebody new.
 */
export async function clearPerson(db: Queryable, userId: string): Promise<void> {
  for (const statement of ownRows) await db.query(statement, [userId]);
  await db.query(
    `UPDATE "user" SET name = '${erasedText}', role = 'viewer', email = NULL, language = NULL, time_zone = 'UTC' WHERE id = $1`,
    [userId],
  );
}

/** What tables keep of their turns beside the log. `$1`: their turns. */
const ofTurns = [
  `UPDATE turn SET text = '${erasedText}' WHERE id = ANY($1)`,
  `UPDATE approval SET request = jsonb_build_object('kind', request::jsonb ->> 'kind', 'title', '${erasedText}',
     'subject', '${erasedText}', 'why', NULL)::text WHERE turn_id = ANY($1)`,
  `UPDATE approval_item SET line = '${erasedText}' WHERE approval_id IN (SELECT id FROM approval WHERE turn_id = ANY($1))`,
  'DELETE FROM file WHERE turn_id = ANY($1)',
];

/** Of threads in which they spoke. `$1`: sessions. A notice's key stays: a message that comes again is not answered twice. */
const ofSessions = [
  'DELETE FROM replay WHERE session_id = ANY($1)',
  `UPDATE notice n SET text = '${erasedText}', cards = '[]' FROM session s
     WHERE s.id = ANY($1) AND n.thread_ref = s.thread_ref AND n.state <> 'reserved'`,
];

/** Of sessions that were theirs alone. `$1`: sessions. */
const ofSole = [
  'DELETE FROM snapshot WHERE session_id = ANY($1)',
  // Nobody is left whom it would be told to.
  `UPDATE notice n SET text = '${erasedText}', cards = '[]', state = 'refused' FROM session s
     WHERE s.id = ANY($1) AND n.thread_ref = s.thread_ref AND n.state = 'reserved'`,
  'UPDATE session SET erased_at = now() WHERE id = ANY($1) AND erased_at IS NULL',
];

/** Whatever was theirs, or named them, anywhere; their id stays. `$1`: that. */
const ofNames = [
  `UPDATE approval SET decided_by = json_build_object('userId', $1::text, 'name', '${erasedText}')::text
     WHERE decided_by::jsonb ->> 'userId' = $1`,
  `UPDATE turn SET stop_requested_by = json_build_object('userId', $1::text, 'name', '${erasedText}')::text
     WHERE stop_requested_by::jsonb ->> 'userId' = $1`,
  `UPDATE session SET title = '${erasedText}' WHERE owner_id = $1`,
  'DELETE FROM file WHERE created_by = $1',
];

/** Takes their words in one session out of the tables beside its log. Safe to repeat. */
export async function clearSession(
  db: Queryable,
  { id, turns, sole }: { id: string; turns: string[]; sole: boolean },
): Promise<void> {
  for (const statement of ofTurns) await db.query(statement, [turns]);
  if (sole || turns.length > 0) for (const statement of ofSessions) await db.query(statement, [[id]]);
  if (sole) for (const statement of ofSole) await db.query(statement, [[id]]);
}

/** Takes what is left of them out of tables that are not about one session. Safe to repeat. */
export async function clearNames(db: Queryable, userId: string): Promise<void> {
  for (const statement of ofNames) await db.query(statement, [userId]);
}
