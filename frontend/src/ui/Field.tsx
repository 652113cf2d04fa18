import { useId, type ComponentProps } from "react";
import { cx } from "@/lib/cx";

interface FieldProps extends Omit<ComponentProps<"input">, "id"> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
}

/** An input with its label, a hint, and what is wrong with it. */
export function Field({ label, hint, error, className, ...rest }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={cx("flex flex-col gap-1.5", className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        className={INPUT}
        {...rest}
      />
      {note !== undefined && (
        <p id={`${id}-note`} className={cx("text-xs", error === undefined ? "text-muted" : "text-danger")}>
          {note}
        </p>
      )}
    </div>
  );
}

/** The look of a text input. The text is 16 px on phones, or they would zoom in. */
export const INPUT =
  "min-h-11 w-full rounded-lg border border-field bg-surface px-3 text-base text-ink placeholder:text-muted focus-visible:-outline-offset-1 aria-invalid:border-danger sm:text-sm";
