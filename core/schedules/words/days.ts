const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth'];

/** 0 is Sunday. Short forms from three letters on; `plural` for `mondays`. */
export function weekdayOf(word: string): { day: number; plural: boolean } | null {
  const plural = /days$/.test(word);
  const day = nameOf(weekdays, plural ? word.slice(0, -1) : word);
  return day === null ? null : { day, plural };
}

export function weekdayName(day: number): string {
  const name = weekdays[day % 7] ?? '';
  return `${name[0]?.toUpperCase()}${name.slice(1)}`;
}

/** 1 to 12. */
export function monthOf(word: string): number | null {
  const index = nameOf(months, word);
  return index === null ? null : index + 1;
}

export function monthName(month: number): string {
  const name = months[month - 1] ?? '';
  return `${name[0]?.toUpperCase()}${name.slice(1)}`;
}

/** `first`, `1st`, `31st`: 1 to 31. */
export function ordinalOf(word: string): number | null {
  const named = ordinals.indexOf(word);
  if (named >= 0) return named + 1;
  const found = /^(\d{1,2})(?:st|nd|rd|th)$/.exec(word);
  const day = Number(found?.[1]);
  return found && day >= 1 && day <= 31 ? day : null;
}

export function ordinalName(day: number): string {
  const ending = day % 100 >= 11 && day % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th');
  return `${day}${ending}`;
}

function nameOf(names: readonly string[], word: string): number | null {
  if (word.length < 3 || word.replace(/\.$/, '') === '') return null;
  const plain = word.replace(/\.$/, '');
  const index = names.findIndex(
    (name) =>
      name === plain ||
      (name.startsWith(plain) &&
        (plain.length === 3 || plain === 'sept' || /^(tues|wednes|thur|thurs)$/.test(plain))),
  );
  return index < 0 ? null : index;
}
