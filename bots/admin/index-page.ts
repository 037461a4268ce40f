/**
 * The document of the page as browsers get it, made of index.html once at start: its style sheets are one, and its files
 * lie under an address that changes with their content.
 */
export function indexPage(index: string, folder: string): string {
  const style = `<link rel="stylesheet" href="${folder}${styleName}">`;
  return index
    .replace(sheets, '')
    .replace(/(href|src)="(\/[\w-]+\.(?:js|svg))"/g, `$1="${folder}$2"`)
    .replace('</title>', `</title>\n    ${style}`);
}

export const styleName = '/style.css';
const sheets = /\s*<link rel="stylesheet" href="(\/[\w-]+\.css)">/g;

/** All style sheets of index.html, in its order. `texts` are the files by path. */
export function oneStyle(texts: ReadonlyMap<string, string>): string {
  const names = [...(texts.get('/index.html') ?? '').matchAll(sheets)].map((match) => match[1] ?? '');
  return names.map((name) => texts.get(name) ?? '').join('\n');
}
