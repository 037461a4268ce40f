const docs = 'https://docs.discord.com/developers';

/** A number of Discord's with the sentence that says so; without an address it is an assumption of the twin's. */
export interface Quoted {
  value: number;
  says: string;
  at?: string;
}

export const numbers = {
  contentCharacters: {
    value: 2000,
    says: 'Message contents (up to 2000 characters)',
    at: `${docs}/resources/message#create-message`,
  },
  nonceCharacters: {
    value: 25,
    says: 'Can be used to verify a message was sent (up to 25 characters).',
    at: `${docs}/resources/message#create-message`,
  },
  nonceMs: {
    value: 180_000,
    says: 'If true and nonce is present, it will be checked for uniqueness in the past few minutes. (Three are assumed.)',
    at: `${docs}/resources/message#create-message`,
  },
  components: {
    value: 40,
    says: 'Messages allow up to 40 total components',
    at: `${docs}/components/reference`,
  },
  rowButtons: {
    value: 5,
    says: 'An Action Row can contain up to 5 Buttons',
    at: `${docs}/components/reference#action-row`,
  },
  rows: { value: 5, says: 'A message without components v2 has up to 5 action rows.' },
  customIdCharacters: {
    value: 100,
    says: 'This field is a string of 1 to 100 characters',
    at: `${docs}/components/reference#anatomy-of-a-component-custom-id`,
  },
  labelCharacters: {
    value: 80,
    says: 'Text that appears on the button; max 80 characters',
    at: `${docs}/components/reference#button`,
  },
  textDisplayCharacters: {
    value: 4000,
    says: 'All text displays of a message hold up to 4,000 characters together.',
  },
  fileBytes: {
    value: 10 * 1024 * 1024,
    says: 'The default limit is `10 MiB` for all users',
    at: `${docs}/reference#uploading-files`,
  },
  requestBytes: {
    value: 25 * 1024 * 1024,
    says: 'The maximum request size when sending a message is **25 MiB**',
    at: `${docs}/resources/message#create-message`,
  },
  files: { value: 10, says: 'A message has up to 10 attachments.' },
  pageOfMessages: {
    value: 100,
    says: 'Max number of messages to return (1-100)',
    at: `${docs}/resources/message#get-channel-messages`,
  },
  threadNameCharacters: {
    value: 100,
    says: '1-100 character channel name',
    at: `${docs}/resources/channel#start-thread-from-message`,
  },
  acknowledgeMs: {
    value: 3000,
    says: 'you must send an initial response within 3 seconds of receiving the event',
    at: `${docs}/interactions/receiving-and-responding#interaction-callback`,
  },
  tokenMs: {
    value: 900_000,
    says: 'Interaction `tokens` are valid for 15 minutes',
    at: `${docs}/interactions/receiving-and-responding#interaction-callback`,
  },
  modalTitleCharacters: {
    value: 45,
    says: 'Title of the popup modal, max 45 characters',
    at: `${docs}/interactions/receiving-and-responding#interaction-response-object-modal`,
  },
  modalComponents: {
    value: 5,
    says: 'Between 1 and 5 (inclusive) components that make up the modal',
    at: `${docs}/interactions/receiving-and-responding#interaction-response-object-modal`,
  },
  choices: {
    value: 25,
    says: 'autocomplete choices (max of 25 choices)',
    at: `${docs}/interactions/receiving-and-responding#interaction-response-object-autocomplete`,
  },
  oldMessageMs: {
    value: 3_600_000,
    says: 'Maximum number of edits to messages older than 1 hour reached. Try again later',
    at: `${docs}/topics/opcodes-and-status-codes#json`,
  },
  oldEdits: { value: 0, says: 'How many edits an old message takes is not documented: none is assumed.' },
  globalPerSecond: {
    value: 50,
    says: 'All bots can make up to 50 requests per second to our API.',
    at: `${docs}/topics/rate-limits#global-rate-limit`,
  },
  identifiesPerDay: {
    value: 1000,
    says: 'Clients are limited to 1000 `IDENTIFY` calls to the websocket in a 24-hour period.',
    at: `${docs}/events/gateway#identifying`,
  },
  invalidRequests: {
    value: 10_000,
    says: 'Currently, this limit is **10,000 per 10 minutes**. An invalid request is one that results in 401, 403, or 429 statuses.',
    at: `${docs}/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans`,
  },
  bucketCalls: {
    value: 5,
    says: 'A route takes 5 calls a channel before it waits; Discord tells it in headers only.',
  },
  bucketMs: { value: 5000, says: 'The window of those 5 calls.' },
} as const satisfies Record<string, Quoted>;
