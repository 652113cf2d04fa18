import { useId, type ComponentProps } from "react";
import { cx } from "@/lib/cx";
import { INPUT } from "./Field";

interface TextAreaProps extends Omit<ComponentProps<"textarea">, "id"> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
}

/** A text of several lines with its label, a hint, and what is wrong with it. */
export function TextArea({ label, hint, error, ...rest }: TextAreaProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <textarea
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        className={cx(INPUT, "py-2")}
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
