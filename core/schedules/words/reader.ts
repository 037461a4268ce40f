/** The words of a request, read one after another. What is not read is the text of the request. */
export class Reader {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get at(): number {
    return this.#at;
  }

  set at(place: number) {
    this.#at = place;
  }

  /** The next word in small letters, without a comma or colon that ends it; empty at the end. */
  peek(): string {
    return this.#word().word;
  }

  take(): string {
    const { word, end } = this.#word();
    this.#at = end;
    return word;
  }

  /** Takes the next word when it is one of these. */
  skip(...words: string[]): boolean {
    if (!words.includes(this.peek())) return false;
    this.take();
    return true;
  }

  /** Takes the next word when `read` makes something of it. */
  taking<T>(read: (word: string) => T | null | undefined): T | null {
    const found = read(this.peek());
    if (found === null || found === undefined) return null;
    this.take();
    return found;
  }

  /** Tries; what was read is given back when there is no result. */
  attempt<T>(read: () => T | null): T | null {
    const before = this.#at;
    const found = read();
    if (found === null) this.#at = before;
    return found;
  }

  /** Everything that is not read. */
  rest(): string {
    return this.text.slice(this.#at).trim();
  }

  /** Takes text in quotes, of any kind that keyboards write. */
  quoted(): string | null {
    const found = /^\s*(?:"([^"]*)"|“([^”]*)”|'([^']*)'|`([^`]*)`)/.exec(this.text.slice(this.#at));
    if (!found) return null;
    this.#at += found[0].length;
    return found.slice(1).find((inner) => inner !== undefined) ?? '';
  }

  #word(): { word: string; end: number } {
    const found = /^\s*(\S+)/.exec(this.text.slice(this.#at));
    if (!found) return { word: '', end: this.#at };
    return { word: (found[1] ?? '').toLowerCase().replace(/[,:]$/, ''), end: this.#at + found[0].length };
  }
}
