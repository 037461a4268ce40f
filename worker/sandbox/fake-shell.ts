import { setTimeout } from 'node:timers/promises';
import { sandboxPath } from './limits.ts';

/** What the fake's shell works on. */
export interface FakeShell {
  files: Map<string, Uint8Array>;
  print(text: string): void;
  signal: AbortSignal;
}

const REDIRECT = /^(.*?)\s*(>>?)\s*(\S+)$/;

async function statement(text: string, shell: FakeShell): Promise<number> {
  const [word = '', ...rest] = text.split(/\s+/);
  const argument = rest.join(' ').replace(/^(['"])(.*)\1$/, '$2');
  if (word === 'true' || word === '') return 0;
  if (word === 'false') return 1;
  if (word === 'echo') shell.print(`${argument}\n`);
  else if (word === 'sleep') await setTimeout(Number(argument) * 1000, undefined, { signal: shell.signal });
  else if (word === 'seq') for (let n = 1; n <= Number(argument); n++) shell.print(`${n}\n`);
  else if (word === 'cat') {
    const content = shell.files.get(sandboxPath(argument));
    if (!content) {
      shell.print(`cat: ${argument}: No such file or directory\n`);
      return 1;
    }
    shell.print(new TextDecoder().decode(content));
  } else {
    shell.print(`bash: line 1: ${word}: command not found\n`);
    return 127;
  }
  return 0;
}

async function redirected(text: string, shell: FakeShell): Promise<number> {
  const [, command = '', mode, path = ''] = REDIRECT.exec(text) ?? [];
  if (!mode) return statement(text, shell);
  let content = mode === '>>' ? new TextDecoder().decode(shell.files.get(sandboxPath(path))) : '';
  const print = (more: string) => {
    content += more;
  };
  const code = await statement(command, { ...shell, print });
  shell.files.set(sandboxPath(path), Buffer.from(content));
  return code;
}

/**
 * As much of a shell as tests of agents need: `echo`, `cat`, `seq`, `sleep`, `true`, `false`, `exit`, `;` and newlines,
 * `>` and `>>`. Anything else is "command not found". @returns the exit code; rejects when aborted
 */
export async function runFakeShell(script: string, shell: FakeShell): Promise<number> {
  let code = 0;
  for (const text of script.split(/[;\n]/).map((part) => part.trim())) {
    const exit = /^exit(?:\s+(\d+))?$/.exec(text);
    if (exit) return exit[1] === undefined ? code : Number(exit[1]);
    if (text) code = await redirected(text, shell);
  }
  return code;
}
