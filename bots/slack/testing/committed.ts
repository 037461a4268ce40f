import assert from 'node:assert/strict';
import type { Core } from '#core/infra/open-core.ts';
import { messageIdentity } from '../types.ts';
import type { Envelope } from './events/delivery.ts';
import { objectAt, textAt } from './json.ts';

const query = `SELECT 1 FROM turn WHERE platform = 'slack' AND event_id = $1
  UNION ALL SELECT 1 FROM notice WHERE key LIKE 'slack/' || $1 || '/%'
  UNION ALL SELECT 1 FROM turn WHERE (stop_requested_by IS NOT NULL OR state = 'cancelled') AND $2`;

/**
 * I2, from outside and at the moment of the acknowledgement: whoever addressed the app has a turn, or words that say
 * why not. @throws {assert.AssertionError} when neither is committed
 */
export async function assertCommitted(
  { database }: Pick<Core, 'database'>,
  appUser: string,
  { kind, payload }: Envelope,
): Promise<void> {
  const event = objectAt(payload, 'event');
  const text = textAt(event, 'text') ?? '';
  const from = textAt(event, 'user');
  const asks = text.startsWith(`<@${appUser}>`) && from !== appUser && event.bot_id === undefined;
  if (kind !== 'events_api' || !asks || event.subtype !== undefined) return;
  const channel = textAt(event, 'channel') ?? '';
  const id = messageIdentity(textAt(payload, 'team_id') ?? '', channel, textAt(event, 'ts') ?? '');
  const values = [id, text.trim().endsWith(' stop')];
  const { rows } = await database.pool.query({ name: 'is_committed', text: query, values });
  assert.ok(rows.length > 0, `acknowledged before it was committed: ${text}`);
}
