import { cardPost as discordCard } from '#bots/discord/card.ts';
import { cardPost as matrixCard } from '#bots/matrix/card.ts';
import { cardPost as slackCard } from '#bots/slack/card.ts';
import { foldDocuments } from '#core/chat/fold.ts';
import type { Attack, AttackGroup } from '../../attack.ts';
import { type NetworkArena, newMark } from '../arena.ts';

/** What a person must never read on a card: it would be another request than the one that is asked for. */
const pretended = 'https://open.test/fine';
const hidden = /[\p{Cf}\p{Co}\u2028\u2029\u115f\u1160\u3164]|[\p{Cc}--\n]/v;
/** Letters that look like those of other alphabets. */
const lookAlikes = /[\u0370-\u05ff\u0600-\u06ff\uff01-\uff5e]/;

/** Every text of a post, however deep. Discord breaks a fence by a character that shows nothing, of its own. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value.replaceAll('`\u200b``', '```')];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}

/** Does any platform's card show something else than the request, or make something of it? */
function misleads(posts: unknown[]): boolean {
  const texts = posts.flatMap(textsOf);
  const lines = texts.flatMap((text) => text.split('\n'));
  return (
    texts.some((text) => hidden.test(text) || lookAlikes.test(text)) ||
    lines.some((line) => line.replace(/^\w+ /, '').startsWith(pretended)) ||
    texts.some((text) => /<https?:[^>]*\||<!(?:channel|here|everyone)|<@|<(?:a|b|img|script)[ >]/i.test(text))
  );
}

/** Asks for this and looks at the cards as the platforms are sent them; `falsify`: the host changes them itself. */
function shows(
  name: string,
  python: (mark: string) => string,
  falsify?: (card: string) => string,
): Attack<NetworkArena> {
  let misled = false;
  return {
    name,
    run: async ({ stage, begin }) => {
      const { turnId } = await begin(python(newMark()), { thread: 'cards' });
      await stage.ended(turnId);
      const [document] = foldDocuments(await stage.core.sessions.turnEvents(turnId));
      const open = document?.approvals ?? [];
      if (!document) throw new Error('there is no document');
      const posts = open.flatMap((card) =>
        [slackCard, discordCard, matrixCard].map((post) => post(document, card).payload),
      );
      misled = misleads(falsify ? posts.map((post) => JSON.parse(falsify(JSON.stringify(post)))) : posts);
    },
    observed: async () => misled,
  };
}
const ask = (name: string, target: string, host = 'ask.test') =>
  shows(
    name,
    (mark) =>
      `IDLE = 0.5; say('GET http://${host}/${mark}${target} HTTP/1.1\\r\\nHost: ${host}\\r\\nConnection: close\\r\\n\\r\\n'.encode())`,
  );
const escaped = encodeURIComponent;

/** Requests that are written to look like others on the card that asks for them. */
export const cards: AttackGroup<NetworkArena> = {
  name: 'cards that mislead',
  harm: 'leak',
  control: shows(
    'a card that the host falsifies',
    (mark) => `IDLE = 0.5; get('http://ask.test/${mark}')`,
    (card) => card.replace('ask.test', 'ask.test\u202e'),
  ),
  attacks: [
    ask('a right-to-left mark', '/\u202eenif/tset.nepo'),
    ask('a right-to-left mark, escaped', `/${escaped('\u202e')}enif/tset.nepo`),
    ask('a line end, escaped', `/%0AGET%20${pretended}`),
    ask('a line end, escaped, in the query', `?x=%0D%0AGET ${pretended}`),
    ask('a second line of its own', `?\\nGET ${pretended}`),
    ask('a path that is longer than a card', `/${'x'.repeat(6000)}`),
    ask('spaces that push the rest away', `/${'%20'.repeat(200)}${pretended}`),
    ask('a link of Markdown', `?[${pretended}](https://evil.test)`),
    ask('a link of Slack', `?<https://evil.test|${pretended}>`),
    ask('a call to everybody', '?<!channel>@everyone@here<@U1>'),
    ask('the end of a code block', `?\`\`\`${pretended}`),
    ask('HTML', `?<b>${pretended}</b><img/src=x>`),
    ask('a host in look-alike letters', '/', '\u0430sk.ask.test'),
    ask('a host in wide letters', '/', '\uff41.ask.test'),
    ask('a host with a joiner that shows nothing', '/', 'a\u200d.ask.test'),
    ask('another host as its user', '/', 'open.test%40ask.test'),
    ask('another host before it', '/', 'open.test.ask.test'),
    shows(
      'reasons that turn the reading direction',
      (mark) => `# \u202e${pretended}\nIDLE = 0.5; get('http://ask.test/${mark}')`,
    ),
    shows(
      'reasons that call everybody',
      (mark) =>
        `# <!channel> @everyone <https://evil.test|${pretended}>\nIDLE = 0.5; get('http://ask.test/${mark}')`,
    ),
    shows(
      'reasons with a line of their own',
      (mark) =>
        `# \n# GET ${pretended}\nIDLE = 0.5; get('http://ask.test/${mark}')\n"""\nGET ${pretended}\n"""`,
    ),
  ],
};
