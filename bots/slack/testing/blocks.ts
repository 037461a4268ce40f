import type { Ids } from './ids.ts';
import { isObject, type Json, type JsonObject, objectAt, objectsAt, textAt } from './json.ts';
import { numbers } from './numbers.ts';
import { refuse, rules } from './refusals.ts';

type Check = (block: JsonObject) => string[];

const longer = (what: string, text: string | undefined, most: number): string[] =>
  text !== undefined && text.length > most ? [`${what}: must be less than ${most + 1} characters`] : [];

const must = (holds: boolean, problem: string): string[] => (holds ? [] : [problem]);

function textObject(what: string, value: Json, most: number, types = ['mrkdwn', 'plain_text']): string[] {
  if (!isObject(value)) return [`${what}: missing required field`];
  const text = textAt(value, 'text');
  return [
    ...must(types.includes(textAt(value, 'type') ?? ''), `${what}: unsupported type`),
    ...must(!!text, `${what}: must be more than 0 characters`),
    ...longer(what, text, most),
  ];
}

const option: Check = (one) => [
  ...textObject('option text', one.text, 75),
  ...longer('option value', textAt(one, 'value'), 150),
];

/** Limits: docs.slack.dev/reference/block-kit/block-elements, the page of each element. */
const elements: Record<string, Check> = {
  button: (one) => [
    ...textObject('button text', one.text, 75, ['plain_text']),
    ...longer('button value', textAt(one, 'value'), 2_000),
    ...longer('action_id', textAt(one, 'action_id'), 255),
    ...must([undefined, 'primary', 'danger'].includes(textAt(one, 'style')), 'button style: unknown'),
  ],
  static_select: (one) => objectsAt(one, 'options').flatMap(option),
  overflow: (one) => [
    ...must(objectsAt(one, 'options').length <= 5, 'overflow: at most 5 options'),
    ...objectsAt(one, 'options').flatMap(option),
  ],
  radio_buttons: (one) => objectsAt(one, 'options').flatMap(option),
  checkboxes: (one) => objectsAt(one, 'options').flatMap(option),
  plain_text_input: () => [],
  datepicker: () => [],
  users_select: () => [],
  conversations_select: () => [],
  channels_select: () => [],
  image: (one) => must(!!textAt(one, 'alt_text'), 'image: alt_text is required'),
};

function element(one: JsonObject): string[] {
  const check = elements[textAt(one, 'type') ?? ''];
  return check ? check(one) : [`unsupported element: ${textAt(one, 'type')}`];
}

/** Limits: docs.slack.dev/reference/block-kit/blocks, the page of each block. */
const checks: Record<string, Check> = {
  section: (one) => [
    ...must(isObject(one.text) || Array.isArray(one.fields), 'section: text or fields is required'),
    ...(one.text === undefined ? [] : textObject('section text', one.text, numbers.sectionCharacters.value)),
    ...must(objectsAt(one, 'fields').length <= 10, 'section: at most 10 fields'),
    ...objectsAt(one, 'fields').flatMap((field) => textObject('field', field, 2_000)),
    ...(isObject(one.accessory) ? element(one.accessory) : []),
  ],
  actions: (one) => {
    const inside = objectsAt(one, 'elements');
    return [
      ...must(inside.length >= 1 && inside.length <= 25, 'actions: 1 to 25 elements'),
      ...inside.flatMap(element),
      ...must(unique(inside.flatMap((two) => textAt(two, 'action_id') ?? [])), 'actions: action_id twice'),
    ];
  },
  context: (one) => {
    const inside = objectsAt(one, 'elements');
    return [
      ...must(inside.length >= 1 && inside.length <= 10, 'context: 1 to 10 elements'),
      ...inside.flatMap((two) => (two.type === 'image' ? element(two) : textObject('context', two, 3_000))),
    ];
  },
  header: (one) => textObject('header', one.text, 150, ['plain_text']),
  divider: () => [],
  image: (one) => [
    ...must(!!textAt(one, 'alt_text'), 'image: alt_text is required'),
    ...must(!!textAt(one, 'image_url') || isObject(one.slack_file), 'image: a source is required'),
    ...longer('image_url', textAt(one, 'image_url'), 3_000),
    ...longer('alt_text', textAt(one, 'alt_text'), 2_000),
  ],
  input: (one) => [
    ...textObject('input label', one.label, 2_000, ['plain_text']),
    ...element(objectAt(one, 'element')),
  ],
  markdown: (one) => must(!!textAt(one, 'text'), 'markdown: must be more than 0 characters'),
  rich_text: (one) => must(Array.isArray(one.elements), 'rich_text: elements is required'),
  table: (one) => {
    const rows = Array.isArray(one.rows) ? one.rows : [];
    return [
      ...must(rows.length >= 1 && rows.length <= 100, 'table: 1 to 100 rows'),
      ...must(
        rows.every((row) => Array.isArray(row) && row.length <= 20),
        'table: at most 20 cells a row',
      ),
    ];
  },
  plan: (one) => must(!!textAt(one, 'title'), 'plan: title is required'),
  task_card: (one) => [
    ...must(!!textAt(one, 'task_id'), 'task_card: task_id is required'),
    ...must(!!textAt(one, 'title'), 'task_card: title is required'),
  ],
  file: (one) => must(!!textAt(one, 'external_id'), 'file: external_id is required'),
  video: (one) => must(!!textAt(one, 'video_url'), 'video: video_url is required'),
  context_actions: (one) => must(objectsAt(one, 'elements').length <= 5, 'context_actions: at most 5'),
};

const unique = (list: string[]): boolean => new Set(list).size === list.length;

/** What Slack would say against these blocks; nothing when they are fine. */
export function problemsOf(blocks: JsonObject[]): string[] {
  return [
    ...must(unique(blocks.flatMap((block) => textAt(block, 'block_id') ?? [])), 'block_id twice'),
    ...blocks.flatMap((block, index) => {
      const check = checks[textAt(block, 'type') ?? ''];
      const problems = check ? check(block) : [`unsupported type: ${textAt(block, 'type')}`];
      return [...problems, ...longer('block_id', textAt(block, 'block_id'), 255)].map(
        (problem) => `${problem} [json-pointer:/blocks/${index}]`,
      );
    }),
  ];
}

/** The blocks of a message, checked and with the ids that Slack gives to those without one. */
export function readBlocks(ids: Ids, value: Json): JsonObject[] {
  if (value === undefined || value === null || value === '') return [];
  if (!Array.isArray(value)) refuse(rules.blocksFormat);
  const blocks = value.filter(isObject);
  if (blocks.length !== value.length) refuse(rules.blocksFormat);
  const most = numbers.blocksPerMessage.value;
  if (blocks.length > most)
    refuse(rules.invalidBlocks, [`no more than ${most} items allowed [json-pointer:/blocks]`]);
  const problems = problemsOf(blocks);
  if (problems.length > 0) refuse(rules.invalidBlocks, problems);
  const markdown = blocks.filter((block) => block.type === 'markdown');
  const sum = markdown.reduce((total, block) => total + (textAt(block, 'text')?.length ?? 0), 0);
  if (sum > numbers.markdownCharacters.value) refuse(rules.blocksTooLong);
  return blocks.map((block) => withIds(ids, block));
}

/** "block_id … ignored in markdown blocks and will not be retained" (docs.slack.dev, markdown block). */
function withIds(ids: Ids, block: JsonObject): JsonObject {
  if (block.type === 'markdown') return { type: 'markdown', text: block.text };
  const named = { ...block, block_id: textAt(block, 'block_id') ?? ids.next('b') };
  const give = (one: JsonObject): JsonObject =>
    elements[textAt(one, 'type') ?? ''] && one.type !== 'image'
      ? { ...one, action_id: textAt(one, 'action_id') ?? ids.next('a') }
      : one;
  return {
    ...named,
    ...(block.type === 'actions' ? { elements: objectsAt(block, 'elements').map(give) } : {}),
    ...(isObject(block.accessory) ? { accessory: give(block.accessory) } : {}),
  };
}
