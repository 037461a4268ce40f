/** Characters that show nothing, move the cursor or turn the reading direction: all but tab and line feed. */
const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

/** Text in which nothing hides: characters that cannot be seen are written as `<U+202E>`. */
export function visible(text: string): string {
  return text.toWellFormed().replace(hidden, (character) => {
    if (character === '\n' || character === '\t') return character;
    const code = character.codePointAt(0) ?? 0;
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}
