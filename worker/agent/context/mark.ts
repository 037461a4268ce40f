import { sha256 } from '#core/events/canonical.ts';

/** How a text that is nobody's instruction stands in the prompt. */
export type Mark = (text: string, source: string) => string;

/** The name under which a turn's data stands: the same in every run of the turn, unknown to whoever wrote the data. */
export function markName(turnId: string): string {
  return `data-${sha256(`mark/${turnId}`).slice(0, 10)}`;
}

/** Fences data off; no text can end its fence early. Without a name, as in turns of before: nothing is marked. */
export function marker(name: string | undefined): Mark {
  if (name === undefined) return (text) => text;
  return (text, source) => {
    const inside = text.replaceAll(name, 'data');
    return `<${name} source="${source.replaceAll(/[^\w ./:-]/g, '_').slice(0, 100)}">\n${inside}\n</${name}>`;
  };
}
