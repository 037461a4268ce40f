import type { WriteStream } from 'node:tty';

/** Tells what a step does right now, in a few words. */
export type Say = (what: string) => void;

/** Prints one line for each step that ends, with its time. */
export interface Steps {
  run<T>(name: string, work: (say: Say) => Promise<T>): Promise<T>;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** On a terminal one moving line shows all that is under way; in a log each new word of a step is a line of its own. */
export function openSteps(out: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>): Steps {
  const underWay = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let frame = 0;

  const draw = (): void => {
    frame = (frame + 1) % frames.length;
    const words = [...underWay].map(([name, what]) => (what ? `${name}: ${what}` : name)).join(' · ');
    out.write(`\r\x1b[K${frames[frame]} ${words}`.slice(0, (out.columns ?? 80) + 3));
  };
  const line = (text: string): void => {
    out.write(out.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`);
  };

  return {
    async run(name, work) {
      const started = performance.now();
      underWay.set(name, '');
      if (out.isTTY) timer ??= setInterval(draw, 100).unref();
      const end = (mark: string): void => {
        underWay.delete(name);
        line(`${mark} ${name.padEnd(18)} ${((performance.now() - started) / 1000).toFixed(1)} s`);
        if (underWay.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      };
      try {
        const result = await work((what) => {
          underWay.set(name, what);
          if (!out.isTTY) line(`… ${name}: ${what}`);
        });
        end('✓');
        return result;
      } catch (error) {
        end('✗');
        throw error;
      }
    },
  };
}
