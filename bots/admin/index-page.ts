/**
 * The document of the page as browsers get it, made of index.html once at start: its style sheets are one, its files lie
 * under an address that changes with their content, and every script that the first view needs is named at once, so that
 * the browser does not find one behind the other. `texts` are the files by path.
 */
export function indexPage(texts: ReadonlyMap<string, string>, folder: string): string {
  const index = texts.get('/index.html') ?? '';
  const imports = importsOf(index);
  const placed = index
    .replace(sheets, '')
    .replace(/"(\/vendor\/[^"]+)"/g, `"${folder}$1"`)
    .replace(/(href|src)="(\/[\w-]+\.(?:js|svg))"/g, `$1="${folder}$2"`);
  const links = [
    `<link rel="stylesheet" href="${folder}${styleName}">`,
    ...neededBy('/app.js', texts, imports).map(
      (path) => `<link rel="modulepreload" href="${folder}${path}">`,
    ),
  ];
  // Behind the import map: a script that is named before it would make the browser pass over the map.
  return placed.replace('</script>', `</script>\n    ${links.join('\n    ')}`);
}

export const styleName = '/style.css';
const sheets = /\s*<link rel="stylesheet" href="(\/[\w-]+\.css)">/g;

/** All style sheets of index.html, in its order. */
export function oneStyle(texts: ReadonlyMap<string, string>): string {
  const names = [...(texts.get('/index.html') ?? '').matchAll(sheets)].map((match) => match[1] ?? '');
  return names.map((name) => texts.get(name) ?? '').join('\n');
}

function importsOf(index: string): Record<string, string> {
  const map = /<script type="importmap">([\s\S]*?)<\/script>/.exec(index)?.[1] ?? '{}';
  return (JSON.parse(map) as { imports?: Record<string, string> }).imports ?? {};
}

/** A script and all that it and they import before they run, each once. What is imported on demand is left out. */
function neededBy(
  first: string,
  texts: ReadonlyMap<string, string>,
  imports: Record<string, string>,
): string[] {
  const found = new Set([first]);
  for (const path of found) {
    for (const [, name = ''] of (texts.get(path) ?? '').matchAll(/\bfrom\s*["']([^"']+)["']/g)) {
      const target = imports[name] ?? (name.startsWith('./') ? name.slice(1) : '');
      if (texts.has(target)) found.add(target);
    }
  }
  return [...found];
}
