import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitMarkdown, withoutPings } from './markdown.ts';
import { stableText } from './streams.ts';

const answer = `Three backups <!here> failed, @channel:

- db-2 & db-5
- files-1

\`\`\`sh
df -h | sort

du
\`\`\`

| host | used |
| --- | --- |
| db-2 | 91 % |

That is **all**.`;

test('I10: whatever is streamed of an answer is a beginning of the post it becomes, at every character', () => {
  const [whole = ''] = splitMarkdown(withoutPings(answer), 11_500);
  let longest = 0;
  for (let length = 0; length <= answer.length; length += 1) {
    const shown = stableText(answer.slice(0, length));
    assert.ok(whole.startsWith(shown), JSON.stringify(shown));
    assert.ok(shown.length >= longest, 'what was shown is never taken back');
    longest = shown.length;
  }
  assert.ok(longest > 60 && longest < whole.indexOf('host'), 'a table is drawn when it is complete');
});

test('what a model writes pings nobody while it is streamed either', () => {
  for (const text of ['<!he', '<!here', '<!here> ', '@chan', '@channel ', '<@U123> hi '])
    assert.doesNotMatch(stableText(text), /<[!@]|@channel/);
});
