import { createInterface } from 'node:readline/promises';

/** Where the command line reads and writes. What one pipes on goes to `print`, everything else to `progress`. */
export interface Terminal {
  /** Is a person there to be asked? */
  readonly interactive: boolean;
  print(text: string): void;
  progress(text: string): void;
  /** The person's line; null when `signal` aborts first. */
  question(text: string, signal: AbortSignal): Promise<string | null>;
}

/** Foreign text must not steer the terminal: it keeps its lines and tabs and nothing else that is not shown. */
export function shownText(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, '�');
}

/** Standard input, output and error. */
export function openTerminal(): Terminal {
  const interactive = Boolean(process.stdin.isTTY && process.stderr.isTTY);
  return {
    interactive,
    print: (text) => void process.stdout.write(`${process.stdout.isTTY ? shownText(text) : text}\n`),
    progress: (text) => void process.stderr.write(`${shownText(text)}\n`),
    question: async (text, signal) => {
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await lines.question(text, { signal });
      } catch {
        return null;
      } finally {
        lines.close();
      }
    },
  };
}
