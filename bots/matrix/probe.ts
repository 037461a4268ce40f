import { randomUUID } from 'node:crypto';
import { DeckhandError, messageOf } from '#core/errors.ts';
import type { MatrixSettings } from './door.ts';
import { howToLift } from './health.ts';
import { openHomeserver } from './homeserver.ts';
import { openLogin } from './login.ts';

/** Synapse's default lets ten events pass at once, and then one in five seconds (`rc_message`). */
const probes = 14;

/**
 * Asks the homeserver whether it will slow this account down, which no call of its API tells: sends a few events into a
 * room of our own and leaves it. Never throws.
 */
export async function probeMatrix(settings: Pick<MatrixSettings, 'url' | 'userId' | 'proof'>) {
  const { url, userId, proof } = settings;
  const homeserver = openHomeserver(url, userId, openLogin(url, userId, proof));
  try {
    const { userId: whose } = await homeserver.whoami();
    if (whose !== userId) {
      const detail = `the access token is that of ${whose}, not of ${userId}; correct MATRIX_USER_ID or MATRIX_ACCESS_TOKEN`;
      return { name: 'matrix', ok: false, detail };
    }
    const waitMs = await waitAfter(homeserver);
    if (waitMs === null) return { name: 'matrix', ok: true, detail: `${userId} at ${url}, not slowed down` };
    const seconds = Math.ceil(waitMs / 1000);
    const detail = `${userId} at ${url} is slowed down: after a few messages it had to wait ${seconds} s for the next; ${howToLift(userId)}`;
    return { name: 'matrix', ok: false, detail };
  } catch (fault) {
    return { name: 'matrix', ok: false, detail: messageOf(fault) };
  }
}

/** How long it is made to wait after a burst, in milliseconds; null: not at all. */
async function waitAfter(homeserver: ReturnType<typeof openHomeserver>): Promise<number | null> {
  const roomId = await homeserver.createRoom('Deckhand looks for limits');
  try {
    for (let n = 0; n < probes; n += 1) {
      await homeserver.send(roomId, 'dev.deckhand.probe', randomUUID(), {});
    }
    return null;
  } catch (error) {
    if (error instanceof DeckhandError && error.code === 'platform.rate_limited')
      return error.retryAfterMs ?? 0;
    throw error;
  } finally {
    await homeserver.leave(roomId, 'Done.').catch(() => {});
  }
}
