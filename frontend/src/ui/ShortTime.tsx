import { useToday } from "@/lib/useToday";
import { fullTime, shortTime } from "@/locales/dates";

/** When something was, as lists tell it; it goes with the days. */
export function ShortTime({ at, className }: { at: string; className: string }) {
  useToday();
  return (
    <time dateTime={at} title={fullTime(at)} className={className}>
      {shortTime(at)}
    </time>
  );
}
