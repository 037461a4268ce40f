import { basename } from 'node:path';
import { z } from 'zod';
import { DeckhandError } from '#core/errors.ts';
import { defineTool, type TextResult } from './tool.ts';
import { inWorkspace, oneLine } from './words.ts';

const path = z.string().min(1).max(1000).describe('Path in the sandbox; relative ones start at /workspace.');

const maxReadBytes = 64 * 1024;
const maxSendBytes = 50 * 1024 * 1024;

const text = ({ result }: { result: TextResult }) => result.output;

/** Shows the model a text file. */
export const readFile = defineTool({
  name: 'read_file',
  description: 'Reads a text file of at most 64 KiB. Use exec_command for parts of larger ones.',
  parameters: z.object({ path }),
  kind: 'file',
  inDoubt: 'again',
  title: (args) => `read ${oneLine(args.path)}`,
  async perform(args, scope) {
    const content = await (await scope.sandbox()).readFile(inWorkspace(args.path), maxReadBytes);
    if (content.includes(0)) return { outcome: 'failed', result: { output: 'This is no text file.' } };
    return { outcome: 'done', result: { output: Buffer.from(content).toString('utf8') } };
  },
  render: ({ result, outcome }, mark) => (outcome === 'done' ? mark(result.output, 'file') : result.output),
});

/** Writes a whole file: the same bytes in the same place each time, so that one in doubt is simply written again. */
export const writeFile = defineTool({
  name: 'write_file',
  description: 'Writes a whole text file, and the folders it lies in; what was there before is replaced.',
  parameters: z.object({ path, content: z.string().max(1_000_000) }),
  kind: 'file',
  inDoubt: 'again',
  title: (args) => `write ${oneLine(args.path)}`,
  async perform(args, scope) {
    const content = Buffer.from(args.content, 'utf8');
    await (await scope.sandbox()).writeFile(inWorkspace(args.path), content);
    return { outcome: 'done', result: { output: `Wrote ${content.byteLength} bytes to ${args.path}` } };
  },
  render: text,
});

/** Puts a file of the workspace into the thread. */
export const sendFile = defineTool({
  name: 'send_file',
  description: 'Gives a file of the sandbox to the people in the thread. At most 50 MiB.',
  parameters: z.object({ path }),
  kind: 'tool',
  inDoubt: 'interrupted',
  title: (args) => `send ${oneLine(args.path)}`,
  async perform(args, scope) {
    const name = basename(args.path);
    if (name === '' || name === '.' || name === '..')
      throw new DeckhandError('file.not_a_file', `${args.path} is no file.`, { blame: 'asker' });
    const content = await (await scope.sandbox()).readFile(inWorkspace(args.path), maxSendBytes);
    const file = await scope.sendFile(name, mediaTypeOf(name), content);
    return { outcome: 'done', result: { output: `Sent ${file.name} (${file.size} bytes) to the thread.` } };
  },
  render: text,
});

/** Types that chat platforms show by themselves; the rest is offered for download. */
const mediaTypes: Record<string, string> = {
  txt: 'text/plain',
  log: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  zip: 'application/zip',
};

function mediaTypeOf(name: string): string {
  const extension = name.split('.').at(-1)?.toLowerCase() ?? '';
  return Object.hasOwn(mediaTypes, extension)
    ? (mediaTypes[extension] as string)
    : 'application/octet-stream';
}
