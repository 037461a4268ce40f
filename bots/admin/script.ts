import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

/** The page's script as browsers get it, and its map back to the files it was made of, for whoever looks at it there. */
export interface PageScript {
  code: string;
  map: string;
}

/** markdown-it's own bundle for browsers has no name that Node resolves. */
const markdown = fileURLToPath(
  new URL('./browser/markdown-it.esm.min.mjs', import.meta.resolve('markdown-it')),
);

/**
 * Makes one script of a script and all that it imports, libraries included: forty files are forty requests, and a first
 * view waits for them. Takes some 80 ms; its process ends with it.
 */
export async function makeScript(entry: string): Promise<PageScript> {
  try {
    const { outputFiles } = await build({
      entryPoints: [entry],
      alias: { 'markdown-it': markdown },
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2023',
      sourcemap: 'linked',
      outdir: '/',
      write: false,
      logLevel: 'silent',
    });
    const text = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
    return { code: text('.js'), map: text('.js.map') };
  } finally {
    await stop();
  }
}
