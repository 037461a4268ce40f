/** The day and time that a clock on the wall of a zone shows. */
export interface LocalTime {
  year: number;
  /** 1 to 12 */
  month: number;
  day: number;
  hour: number;
  minute: number;
  /** 0 is Sunday. */
  weekday: number;
}

/** The zone's name as the world writes it (`europe/berlin` → `Europe/Berlin`), or null when there is none. */
export function zoneNamed(name: string): string | null {
  const wanted = name.toLowerCase();
  if (wanted === 'utc' || wanted === 'gmt') return 'UTC';
  return zones().find((zone) => zone.toLowerCase() === wanted) ?? canonicalAlias(name);
}

/** Names that are most like a mistyped one. */
export function zonesLike(name: string): string[] {
  const [, city = name] = /\/([^/]+)$/.exec(name.toLowerCase()) ?? [];
  const start = city.toLowerCase().slice(0, 3);
  return zones()
    .filter((zone) => zone.toLowerCase().split('/').at(-1)?.startsWith(start))
    .slice(0, 3);
}

const zones = (() => {
  let known: string[] | null = null;
  return () => (known ??= Intl.supportedValuesOf('timeZone'));
})();

/** `Asia/Calcutta`, `US/Eastern`: names that are understood but not listed. Plain words such as `EST` are left out. */
function canonicalAlias(name: string): string | null {
  if (!name.includes('/')) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

export function localTime(at: Date, zone: string): LocalTime {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute', number>;
  const { year, month, day, hour, minute } = parts;
  return { year, month, day, hour, minute, weekday: new Date(Date.UTC(year, month - 1, day)).getUTCDay() };
}

/** `Mon 23 Nov 2026, 09:00 (UTC+1)`: the offset is said, since it changes with the season. */
export function showTime(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'shortOffset',
  }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  const offset = part('timeZoneName').replace('GMT', 'UTC');
  return `${part('weekday')} ${part('day')} ${part('month')} ${part('year')}, ${part('hour')}:${part('minute')} (${offset})`;
}
