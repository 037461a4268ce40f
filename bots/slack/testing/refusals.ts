import type { JsonObject } from './json.ts';

/** Why the twin says no: Slack's error code with the sentence of its documentation, or an assumption. */
export interface Rule {
  error: string;
  says: string;
  /** Absent: the documentation does not say so, the twin assumes it. */
  at?: string;
}

const page = (path: string): string => `https://docs.slack.dev/${path}`;
const quoted =
  (path: string) =>
  (error: string, says: string): Rule => ({ error, says, at: page(path) });
const assumed = (error: string, says: string): Rule => ({ error, says });

const post = quoted('reference/methods/chat.postMessage');
const update = quoted('reference/methods/chat.update');
const erase = quoted('reference/methods/chat.delete');
const ephemeral = quoted('reference/methods/chat.postEphemeral');
const permalink = quoted('reference/methods/chat.getPermalink');
const start = quoted('reference/methods/chat.startStream');
const append = quoted('reference/methods/chat.appendStream');
const replies = quoted('reference/methods/conversations.replies');
const history = quoted('reference/methods/conversations.history');
const open = quoted('reference/methods/conversations.open');
const react = quoted('reference/methods/reactions.add');
const unreact = quoted('reference/methods/reactions.remove');
const upload = quoted('reference/methods/files.getUploadURLExternal');
const complete = quoted('reference/methods/files.completeUploadExternal');
const file = quoted('reference/methods/files.info');
const view = quoted('reference/methods/views.open');
const status = quoted('reference/methods/assistant.threads.setStatus');

export const rules = {
  channelNotFound: post('channel_not_found', 'Value passed for `channel` was invalid.'),
  notInChannel: post('not_in_channel', 'Cannot post user messages to a channel they are not in.'),
  isArchived: post('is_archived', 'Channel has been archived.'),
  noText: post('no_text', 'No message text provided.'),
  invalidBlocks: post('invalid_blocks', 'Blocks submitted with this message are not valid.'),
  blocksFormat: post(
    'invalid_blocks_format',
    "The `blocks` is not a valid JSON object or doesn't match the Block Kit syntax.",
  ),
  blocksTooLong: post('msg_blocks_too_long', 'Blocks submitted with this message are too long.'),
  markdownConflict: post(
    'markdown_text_conflict',
    'Markdown text cannot be used in conjunction with `blocks` or `text` argument.',
  ),
  metadataFormat: post('invalid_metadata_format', 'Invalid metadata format provided.'),
  metadataSchema: post('invalid_metadata_schema', 'Invalid metadata schema provided.'),
  metadataTooLarge: post('metadata_too_large', 'Metadata exceeds size limit.'),
  threadGone: assumed('thread_not_found', 'A reply to a message that never was or is gone is refused.'),
  textTooLong: update(
    'msg_too_long',
    'Message text is too long. The `text` field cannot exceed 4,000 characters.',
  ),
  markdownTooLong: assumed('msg_too_long', 'The limit of 12,000 is documented, its error code is not.'),
  updateNotFound: update('message_not_found', 'No message exists with the requested timestamp.'),
  cantUpdate: update(
    'cant_update_message',
    'Authenticated user does not have permission to update this message.',
  ),
  updateArchived: update(
    'is_inactive',
    'The message cannot be edited within a frozen, archived or deleted channel.',
  ),
  updateStreaming: update(
    'streaming_state_conflict',
    'The message is currently streaming text and cannot be edited.',
  ),
  deleteNotFound: erase('message_not_found', 'No message exists with the requested timestamp.'),
  cantDelete: erase(
    'cant_delete_message',
    'Authenticated user does not have permission to delete this message.',
  ),
  userNotInChannel: ephemeral('user_not_in_channel', 'Intended recipient is not in the specified channel.'),
  permalinkNotFound: permalink(
    'message_not_found',
    'The message identified by `message_ts` could not be found.',
  ),
  noRecipientTeam: start('missing_recipient_team_id', 'Missing recipient team ID.'),
  noRecipientUser: start('missing_recipient_user_id', 'Missing recipient user ID.'),
  tooManyBlocks: start('msg_blocks_too_many', 'Max blocks exceeded, blocks are limited to 50 per message.'),
  invalidChunks: start('invalid_chunks', 'Chunks submitted with this message are not valid.'),
  streamNotFound: append('message_not_found', 'Message not found'),
  notStreaming: append('message_not_in_streaming_state', 'The message is not in the streaming state.'),
  notOwned: append('message_not_owned_by_app', 'The message is not owned by the app.'),
  stoppedByUser: append(
    'stopped_by_user',
    'The streaming message was stopped by the user and no further appends are accepted.',
  ),
  noAgents: assumed(
    'feature_not_enabled',
    'Agent surfaces need a paid plan; what a free one answers is not documented.',
  ),
  noStreaming: assumed('unknown_method', 'A server without streaming does not know its methods.'),
  repliesNotFound: replies('thread_not_found', 'Value for `ts` was missing or invalid.'),
  badCursor: replies('invalid_cursor', 'Value passed for `cursor` was not valid or is no longer valid.'),
  historyNotIn: history(
    'not_in_channel',
    'The token used does not have access to the proper channel. Only user tokens can access public channels they are not in.',
  ),
  noUsers: open('users_list_not_supplied', 'Missing `users` in request'),
  openUserNotFound: open('user_not_found', 'Value(s) passed for `users` was invalid.'),
  userDisabled: open('user_disabled', 'A specified `user` has been disabled.'),
  notJoinable: quoted('reference/methods/conversations.join')(
    'method_not_supported_for_channel_type',
    'This type of conversation cannot be used with this method.',
  ),
  userNotFound: quoted('reference/methods/users.info')(
    'user_not_found',
    'Value passed for `user` was invalid.',
  ),
  alreadyReacted: react('already_reacted', 'The specified item already has the user/reaction combination.'),
  invalidName: react('invalid_name', 'Value passed for `name` was invalid.'),
  reactNotFound: react('message_not_found', 'Message specified by `channel` and `timestamp` does not exist.'),
  noReaction: unreact(
    'no_reaction',
    'The specified reaction does not exist, or the requestor is not the original reaction author.',
  ),
  noLength: upload(
    'missing_argument',
    'A required argument was not provided. Typically only occurs when the `length` provided is 0.',
  ),
  ticketNotFound: complete('file_not_found', 'Could not find the file from the upload ticket.'),
  uploadChannel: complete('channel_not_found', 'Value passed for `channel_id` was invalid.'),
  uploadNotIn: complete('not_in_channel', 'User/bot membership is required for the specified channel.'),
  fileNotFound: file('file_not_found', 'Value passed for `file` was invalid'),
  triggerInvalid: view('invalid_trigger_id', 'The trigger\\_id is invalid.'),
  triggerExpired: view('expired_trigger_id', 'The trigger\\_id is expired.'),
  triggerUsed: view('exchanged_trigger_id', 'The trigger\\_id was already exchanged in a previous call.'),
  viewTooLarge: view('view_too_large', 'Error returned if the provided view is greater than 250kb.'),
  viewNotFound: quoted('reference/methods/views.update')(
    'not_found',
    'Error returned when the given `view_id` or `external_id` doesn’t exist.',
  ),
  viewStack: quoted('reference/methods/views.push')(
    'push_limit_reached',
    'Error returned when the max push limit has been reached for views. Currently the limit is 3.',
  ),
  viewInvalid: assumed('invalid_arguments', 'A view that breaks its rules is an invalid argument.'),
  hashConflict: quoted('reference/methods/views.publish')(
    'hash_conflict',
    "Error returned when the provided `hash` doesn't match the current stored value.",
  ),
  statusThread: status('invalid_thread_ts', 'Error returned when given an invalid thread\\_ts'),
  statusChannel: status('channel_not_found', 'Error returned when given an invalid channel\\_id'),
  insecure: quoted('reference/methods/apps.connections.open')(
    'insecure_request',
    'The method was not called via a `POST` request.',
  ),
  notAuthed: assumed('not_authed', 'A call without a token; listed by every method as common error.'),
  invalidAuth: assumed('invalid_auth', 'A call with a token nobody knows.'),
  tokenRevoked: assumed('token_revoked', 'A call with a token that was taken back.'),
  wrongToken: assumed('not_allowed_token_type', 'A bot token where an app token belongs, or the reverse.'),
  missingScope: assumed('missing_scope', 'The answer names the scopes needed and provided.'),
  unknownMethod: assumed('unknown_method', 'A method that the twin does not know.'),
  invalidArguments: assumed('invalid_arguments', 'An argument that the method needs is missing.'),
} as const satisfies Record<string, Rule>;

/** Slack says no. `facts` are further fields of the answer. */
export class SlackRefusal extends Error {
  override readonly name = 'SlackRefusal';
  readonly rule: Rule;
  readonly facts: JsonObject;

  constructor(rule: Rule, facts: JsonObject = {}) {
    super(`${rule.error}: ${rule.says}`);
    this.rule = rule;
    this.facts = facts;
  }
}

/** Refuses by a rule; `problems` go where Slack puts them, into `response_metadata.messages`. */
export function refuse(rule: Rule, problems: string[] = []): never {
  const messages = problems.map((problem) => `[ERROR] ${problem}`);
  throw new SlackRefusal(rule, messages.length > 0 ? { response_metadata: { messages } } : {});
}
