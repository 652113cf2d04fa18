import type { ComponentProps } from "react";
import { cx } from "@/lib/cx";
import { Spinner } from "./Spinner";

const VARIANTS = {
  primary: "bg-accent text-on-accent hover:bg-accent-strong",
  quiet: "text-accent-ink hover:bg-hover",
  danger: "bg-danger-strong text-on-accent hover:opacity-90",
  dangerQuiet: "text-danger hover:bg-danger-soft",
  outline: "border border-line text-ink hover:bg-hover",
} as const;

const SIZES = {
  small: "min-h-8 px-2",
  medium: "min-h-10 px-4",
  large: "min-h-11 px-4",
} as const;

interface ButtonProps extends ComponentProps<"button"> {
  variant?: keyof typeof VARIANTS;
  size?: keyof typeof SIZES;
  /** Work is under way: shows it and takes no further click. */
  busy?: boolean;
}

export function Button(props: ButtonProps) {
  const { variant = "primary", size = "medium", busy = false, className, children, disabled, ...rest } = props;
  return (
    <button
      type="button"
      disabled={disabled === true || busy}
      aria-busy={busy || undefined}
      className={cx(
        "inline-flex items-center justify-center gap-2 rounded-lg text-sm font-medium transition-colors disabled:opacity-60",
        VARIANTS[variant],
        SIZES[size],
        className,
      )}
      {...rest}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}
