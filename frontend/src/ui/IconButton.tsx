import type { ComponentProps } from "react";
import { cx } from "@/lib/cx";

const LOOKS = {
  plain:
    "size-10 rounded-lg text-muted hover:bg-hover hover:text-ink disabled:opacity-50 data-[state=open]:bg-hover data-[state=open]:text-ink [&_svg]:size-5",
  small: "size-8 rounded-lg text-muted hover:bg-selected hover:text-ink [&_svg]:size-4",
  solid:
    "size-11 rounded-full bg-accent text-on-accent hover:bg-accent-strong disabled:bg-hover disabled:text-muted [&_svg]:size-5",
} as const;

/** The look of a link that is drawn as a plain icon button. */
export const ICON_BUTTON =
  "inline-flex size-10 shrink-0 items-center justify-center rounded-lg text-muted hover:bg-hover hover:text-ink";

interface IconButtonProps extends ComponentProps<"button"> {
  /** What it does, for those who do not see the icon, and as its tooltip. */
  label: string;
  look?: keyof typeof LOOKS;
}

export function IconButton({ label, look = "plain", className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={cx(
        "relative inline-flex shrink-0 items-center justify-center transition-colors",
        LOOKS[look],
        className,
      )}
      {...rest}
    />
  );
}
