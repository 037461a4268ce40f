import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { environmentWith } from '#core/config.ts';
import type { TestCore } from '#core/testing/core.ts';
import type { SlackTwin } from './slack-twin.ts';

/** The bots role as it runs in production, as a process of its own. */
export interface SlackRole {
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts the role on the twin, in Socket Mode. Resolves when Slack can reach it. */
export async function startSlackRole(
  { databaseUrl, home }: Pick<TestCore, 'databaseUrl' | 'home'>,
  twin: SlackTwin,
): Promise<SlackRole> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../main.ts')], {
    env: environmentWith({
      DATABASE_URL: databaseUrl,
      DECKHAND_HOME: home,
      DECKHAND_PORT: '0',
      DECKHAND_LOG: 'silent',
      SLACK_BOT_TOKEN: twin.botToken,
      SLACK_APP_TOKEN: twin.appToken,
      SLACK_API_URL: twin.apiUrl,
    }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    await ready(child);
    await twin.look.until('a connection', () => twin.sockets.connections > 0, 30_000);
  } catch (error) {
    await kill(child, 'SIGKILL');
    throw error;
  }
  return { kill: (signal) => kill(child, signal) };
}

/** Waits until the role says that it is ready. @throws when it ends before that */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: { ready?: boolean }) => message.ready && resolve());
    child.once('exit', (code) => reject(new Error(`the bots role ended with ${code} before it was ready`)));
  });
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
