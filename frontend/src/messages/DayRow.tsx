import { useToday } from "@/lib/useToday";
import { dayName } from "@/locales/dates";

/** Parts the days of a conversation. */
export function DayRow({ at }: { at: string }) {
  useToday();
  return (
    <p className="mx-auto mt-6 mb-2 w-fit rounded-full border border-line bg-raised px-3 py-1 text-xs text-muted">
      <time dateTime={at}>{dayName(at)}</time>
    </p>
  );
}
