import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { platformErrors } from '#core/chat/platform-errors.ts';
import { attempt } from './faults.ts';
import type { Login } from './homeserver.ts';
import { MatrixClient } from './sdk.ts';
import { installTransport } from './transport.ts';

/** A token of the account's, or its password. */
export type Proof = { accessToken: string } | Password;

/**
 * Transaction ids count for one device: it must be the same one after a restart. Logging in anew on it ends the
 * earlier token, so the password is used once, and the token kept.
 */
export interface Password {
  password: string;
  home: string;
  device: string;
}

export function openLogin(url: string, userId: string, proof: Proof): Login {
  if ('accessToken' in proof) return { token: async () => proof.accessToken, refused: () => false };
  const { device } = proof;
  const file = join(proof.home, 'matrix-token');
  let asking: Promise<string> | null = null;

  async function ask(password: string): Promise<string> {
    const kept = readKept(file, userId, device);
    if (kept) return kept;
    installTransport();
    const body = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: userId },
      password,
      device_id: device,
      initial_device_display_name: 'Deckhand',
    };
    const sdk = new MatrixClient(url.replace(/\/+$/, ''), '');
    const answer = await attempt('read', () =>
      sdk.doRequest('POST', '/_matrix/client/v3/login', null, body),
    ).catch((error) => {
      if (error.code !== 'platform.refused') throw error;
      throw platformErrors('Matrix').unauthorized('MATRIX_PASSWORD is not that of MATRIX_USER_ID', error);
    });
    keep(file, { userId, device, token: answer.access_token });
    return answer.access_token;
  }

  return {
    token: () => {
      asking ??= ask(proof.password);
      asking.catch(() => {
        asking = null;
      });
      return asking;
    },
    refused: (token) => {
      if (readKept(file, userId, device) === token) rmSync(file, { force: true });
      asking = null;
      return true;
    },
  };
}

interface Kept {
  userId: string;
  device: string;
  token: string;
}

function readKept(file: string, userId: string, device: string): string | null {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Partial<Kept>;
    return kept.userId === userId && kept.device === device ? (kept.token ?? null) : null;
  } catch {
    return null;
  }
}

function keep(file: string, kept: Kept): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}
