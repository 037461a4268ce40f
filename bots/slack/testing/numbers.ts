/** A number of Slack's, with where it stands; without an address it is an assumption of the twin. */
export interface Quoted {
  value: number;
  says: string;
  at?: string;
}

const docs = 'https://docs.slack.dev';

export const numbers = {
  ackMs: {
    value: 3_000,
    says: 'Your app should respond to the event request with an HTTP 2xx within three seconds.',
    at: `${docs}/apis/events-api/`,
  },
  secondRetryMs: {
    value: 60_000,
    says: 'The second retry will be attempted after 1 minute.',
    at: `${docs}/apis/events-api/`,
  },
  thirdRetryMs: {
    value: 300_000,
    says: 'The third and final retry will be sent after 5 minutes.',
    at: `${docs}/apis/events-api/`,
  },
  sockets: {
    value: 10,
    says: 'Socket Mode allows your app to maintain up to 10 open WebSocket connections at the same time.',
    at: `${docs}/apis/events-api/using-socket-mode/`,
  },
  socketWarningMs: { value: 10_000, says: 'A warning comes about 10 seconds before the disconnect.' },
  textCharacters: {
    value: 40_000,
    says: 'Slack will truncate messages containing more than 40,000 characters.',
    at: `${docs}/reference/methods/chat.postMessage`,
  },
  splitAboveCharacters: {
    value: 4_040,
    says: 'A post of text alone above 4,040 characters becomes several of 4,000: measured by others in 2026.',
  },
  splitCharacters: { value: 4_000, says: 'The length of the parts; see above.' },
  updateTextCharacters: {
    value: 4_000,
    says: 'Message text is too long. The `text` field cannot exceed 4,000 characters.',
    at: `${docs}/reference/methods/chat.update`,
  },
  markdownCharacters: {
    value: 12_000,
    says: 'The cumulative limit for all markdown blocks in a single payload is 12,000 characters.',
    at: `${docs}/reference/block-kit/blocks/markdown-block`,
  },
  blocksPerMessage: {
    value: 50,
    says: 'You can include up to 50 blocks in each message, and 100 blocks in modals or Home tabs.',
    at: `${docs}/reference/block-kit/blocks`,
  },
  blocksPerView: {
    value: 100,
    says: 'You can include up to 50 blocks in each message, and 100 blocks in modals or Home tabs.',
    at: `${docs}/reference/block-kit/blocks`,
  },
  sectionCharacters: {
    value: 3_000,
    says: 'Minimum length for the text in this field is 1 and maximum length is 3000 characters.',
    at: `${docs}/reference/block-kit/blocks/section-block`,
  },
  viewsInStack: {
    value: 3,
    says: 'Error returned when the max push limit has been reached for views. Currently the limit is 3.',
    at: `${docs}/reference/methods/views.push`,
  },
  viewBytes: {
    value: 250_000,
    says: 'Error returned if the provided view is greater than 250kb.',
    at: `${docs}/reference/methods/views.open`,
  },
  postsPerSecond: {
    value: 1,
    says: 'chat.postMessage generally allows posting one message per second per channel',
    at: `${docs}/apis/web-api/rate-limits`,
  },
  tier1: { value: 1, says: 'Web API Tier 1: 1+ per minute', at: `${docs}/apis/web-api/rate-limits` },
  tier2: { value: 20, says: 'Web API Tier 2: 20+ per minute', at: `${docs}/apis/web-api/rate-limits` },
  tier3: { value: 50, says: 'Web API Tier 3: 50+ per minute', at: `${docs}/apis/web-api/rate-limits` },
  tier4: { value: 100, says: 'Web API Tier 4: 100+ per minute', at: `${docs}/apis/web-api/rate-limits` },
  streamMs: {
    value: 300_000,
    says: 'a stream is automatically closed after approximately 5 minutes, even if we continue sending updates via chat.appendStream during that time',
    at: 'https://github.com/slackapi/node-slack-sdk/issues/2702',
  },
  statusMs: { value: 120_000, says: 'A status goes by itself after two minutes without a reply.' },
  responseUrlUses: { value: 5, says: 'A response_url takes 5 responses.' },
  responseUrlMs: { value: 1_800_000, says: 'A response_url lives for 30 minutes.' },
  triggerMs: { value: 3_000, says: 'A trigger_id lives for 3 seconds.' },
  metadataBytes: { value: 16_384, says: 'Metadata above 16 KB is too large; the size is not documented.' },
} as const satisfies Record<string, Quoted>;

export type Tier = 'tier1' | 'tier2' | 'tier3' | 'tier4' | 'special';
