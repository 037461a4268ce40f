/** Longer texts than names and addresses come from nobody who means well. */
const maxChars = 300;

/** The same pure function, which remembers its answers to short texts: at most `max` of them, then it begins anew. */
export function remembering<T>(max: number, work: (text: string) => T): (text: string) => T {
  const known = new Map<string, { answer: T }>();
  return (text) => {
    const found = known.get(text);
    if (found) return found.answer;
    const answer = work(text);
    if (text.length > maxChars) return answer;
    if (known.size >= max) known.clear();
    known.set(text, { answer });
    return answer;
  };
}
