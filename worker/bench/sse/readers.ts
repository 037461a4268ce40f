import { Agent, get, type IncomingMessage } from 'node:http';

/** One reader of an event stream, as cheap as a client can be. */
export interface Reader {
  /** Resolves with the time (`performance.now()`) at which this text came, from now on. */
  hears(text: string): Promise<number>;
  close(): void;
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** Opens a stream; ready once its first bytes are there. */
export async function openReader(url: string, key: string): Promise<Reader> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${key}` } }, resolve).on('error', reject);
  });
  if (response.statusCode !== 200) throw new Error(`the stream answered ${response.statusCode}`);
  let wanted: { text: string; resolve: (at: number) => void } | null = null;
  let tail = '';
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  response.setEncoding('utf8').on('data', (chunk: string) => {
    begin();
    if (!wanted) return;
    // A piece of a text may lie in either of two chunks.
    tail = tail.slice(-wanted.text.length) + chunk;
    if (tail.includes(wanted.text)) {
      wanted.resolve(performance.now());
      wanted = null;
      tail = '';
    }
  });
  await begun;
  return {
    hears: (text) => new Promise((resolve) => (wanted = { text, resolve })),
    close: () => response.destroy(),
  };
}
