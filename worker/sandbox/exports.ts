/** What sets a command's environment before its script, in words that no value can leave. */
export function exportsOf(env: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(env).filter(([name]) => /^[A-Z_][A-Z0-9_]*$/i.test(name));
  if (pairs.length === 0) return '';
  const set = pairs.map(
    ([name, value]) => `${name}='${value.replaceAll('\0', '').replaceAll("'", `'\\''`)}'`,
  );
  return `export ${set.join(' ')}; `;
}
