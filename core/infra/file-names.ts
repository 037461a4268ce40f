import { wellFormed } from '#core/events/canonical.ts';

/** Linux takes 255 bytes; the rest is for the number of a second file of that name, and for what tools append. */
const maxBytes = 200;

/** A file's name without folders, control or direction characters; never empty, never `.` or `..`. */
export function safeName(name: string): string {
  const last = wellFormed(name).split(/[/\\]/).at(-1) ?? '';
  const plain = cut(last.replace(/[\p{Cc}\p{Cf}]/gu, '').trim(), 120);
  return plain === '' || /^\.+$/.test(plain) ? 'file' : plain;
}

/** The start of a text, in characters and in bytes. */
function cut(text: string, characters: number): string {
  let end = Math.min(text.length, characters);
  while (Buffer.byteLength(text.slice(0, end)) > maxBytes) end -= 1;
  return text.slice(0, end).toWellFormed();
}

/** Files under names that are not taken and not shared: a second `plan.txt` is `plan (2).txt`. */
export function nameApart<F extends { name: string }>(files: readonly F[], taken: Iterable<string>): F[] {
  const names = new Set(taken);
  return files.map((file) => {
    const name = freeName(file.name, names);
    names.add(name);
    return name === file.name ? file : { ...file, name };
  });
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let number = 2; ; number++) {
    const next = `${stem} (${number})${ending}`;
    if (!taken.has(next)) return next;
  }
}
