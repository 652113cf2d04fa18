import { currentLanguage, t, type Language } from ".";

const DAY_MS = 86_400_000;

/** Making a format is slow, using it is not. */
const formatsOf = (language: Language) => ({
  language,
  clock: new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false }),
  weekday: new Intl.DateTimeFormat(language, { weekday: "short" }),
  longWeekday: new Intl.DateTimeFormat(language, { weekday: "long" }),
  day: new Intl.DateTimeFormat(language, { day: "numeric", month: "short" }),
  longDay: new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" }),
  date: new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric" }),
  full: new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" }),
});
let made: ReturnType<typeof formatsOf> | null = null;

function formats(): ReturnType<typeof formatsOf> {
  if (made?.language !== currentLanguage()) made = formatsOf(currentLanguage());
  return made;
}

/** Whole local days from `at` to `now`. */
function daysAgo(at: Date, now: Date): number {
  const midnight = (time: Date) => new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
  return Math.round((midnight(now) - midnight(at)) / DAY_MS);
}

/** 14:05 */
export function timeOf(at: string): string {
  return formats().clock.format(new Date(at));
}

/** For lists: the time today, the weekday in the last week, then the date. */
export function shortTime(at: string, now = new Date()): string {
  const time = new Date(at);
  const ago = daysAgo(time, now);
  if (ago <= 0) return formats().clock.format(time);
  if (ago === 1) return t("messages.yesterday");
  if (ago < 7) return formats().weekday.format(time);
  const { day, date } = formats();
  return (time.getFullYear() === now.getFullYear() ? day : date).format(time);
}

/** For day separators. */
export function dayName(at: string, now = new Date()): string {
  const time = new Date(at);
  const ago = daysAgo(time, now);
  if (ago <= 0) return t("messages.today");
  if (ago === 1) return t("messages.yesterday");
  if (ago < 7) return formats().longWeekday.format(time);
  const { longDay, date } = formats();
  return (time.getFullYear() === now.getFullYear() ? longDay : date).format(time);
}

/** For tooltips. */
export function fullTime(at: string): string {
  return formats().full.format(new Date(at));
}

/** 12 Mar 2026 */
export function dateOf(at: string): string {
  return formats().date.format(new Date(at));
}
