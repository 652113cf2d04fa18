import { LoaderCircle } from "lucide-react";
import { cx } from "@/lib/cx";

/** Says to everybody that something is loading when it has a label; only a picture otherwise. */
export function Spinner({ label, className }: { label?: string; className?: string }) {
  const picture = <LoaderCircle aria-hidden className={cx("size-4 animate-spin", className)} />;
  if (label === undefined) return picture;
  return (
    <span role="status" className="flex justify-center p-4 text-muted">
      {picture}
      <span className="sr-only">{label}</span>
    </span>
  );
}
