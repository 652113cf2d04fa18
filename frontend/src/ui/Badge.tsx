import { cx } from "@/lib/cx";

interface BadgeProps {
  count: number;
  /** Calls for no attention. */
  isQuiet?: boolean;
  className?: string;
}

/** A number in a pill; 99+ at most. Silent: what it counts is said by its surroundings. */
export function Badge({ count, isQuiet = false, className }: BadgeProps) {
  if (count <= 0) return null;
  return (
    <span
      aria-hidden
      className={cx(
        "inline-flex h-5 min-w-5 items-center justify-center rounded-full px-1.5 text-[0.6875rem] font-semibold tabular-nums",
        isQuiet ? "bg-hover text-muted" : "bg-accent text-on-accent",
        className,
      )}
    >
      {count > 99 ? "99+" : count}
    </span>
  );
}
