/** Collects pieces of text and hands them on at most once per interval. */
export interface LiveText {
  push(text: string): void;
  /** Hands on what is left; nothing is handed on afterwards. */
  end(): void;
}

export interface LiveTextLimits {
  /** Shortest time between two pieces, in ms. */
  everyMs: number;
  /** Characters handed on in all; after that one line says that more follows elsewhere. */
  maxChars: number;
}

export function createLiveText(limits: LiveTextLimits, publish: (text: string) => void): LiveText {
  let buffer = '';
  let left = limits.maxChars;
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    timer = undefined;
    if (buffer !== '') publish(buffer);
    buffer = '';
  };
  return {
    push(text) {
      if (left <= 0 || text === '') return;
      buffer += text.slice(0, left).toWellFormed();
      left -= text.length;
      if (left <= 0) buffer += '\n… (more follows, not shown live)\n';
      timer ??= setTimeout(flush, limits.everyMs);
    },
    end() {
      clearTimeout(timer);
      flush();
      left = 0;
    },
  };
}
