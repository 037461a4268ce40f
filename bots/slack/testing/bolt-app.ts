import type { AddressInfo } from 'node:net';
import { App, SocketModeReceiver } from '@slack/bolt';
import type { SlackTwin } from './slack-twin.ts';

/** The part of a test that things are taken down with. */
interface Ending {
  after(end: () => Promise<void>): void;
}

const silent = () => undefined;
const quiet = {
  ...{ debug: silent, info: silent, warn: silent, error: silent, setLevel: silent, setName: silent },
  getLevel: () => 'error' as never,
};

/** A Bolt app on the twin, as anybody would write one; it ends with the test, before the twin does. */
export async function boltApp(
  t: Ending,
  twin: SlackTwin,
  mode: 'socket' | 'http',
  listen: (app: App) => void,
): Promise<App> {
  // The SDK's own retries would hide what the twin does.
  const clientOptions = {
    slackApiUrl: twin.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  };
  const receiver = new SocketModeReceiver({
    appToken: twin.appToken,
    clientPingTimeout: 100,
    logger: quiet,
    installerOptions: { clientOptions },
  });
  const app = new App({
    token: twin.botToken,
    clientOptions,
    logger: quiet,
    ...(mode === 'socket'
      ? { receiver }
      : { signingSecret: twin.signingSecret, processBeforeResponse: true }),
  });
  listen(app);
  const server = await app.start(0);
  t.after(async () => {
    await app.stop();
  });
  if (mode === 'http') {
    const { port } = (server as import('node:http').Server).address() as AddressInfo;
    await twin.useHttp(`http://127.0.0.1:${port}/slack/events`);
  }
  return app;
}
