import { useId } from "react";
import { cx } from "@/lib/cx";
import { INPUT } from "./Field";

interface SelectProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
  /** Whether it stands among the fields of a form, and not in a row of filters. */
  isField?: boolean;
}

/** One of a few, in little room. */
export function Select<Value extends string>(props: SelectProps<Value>) {
  const { label, value, options, onChange, isField = false } = props;
  const id = useId();
  return (
    <div className="flex min-w-36 flex-1 flex-col gap-1.5">
      <label htmlFor={id} className={cx("font-medium", isField ? "text-sm" : "text-xs text-muted")}>
        {label}
      </label>
      <select
        id={id}
        value={value}
        onChange={({ target }) => {
          const chosen = options.find((option) => option.value === target.value);
          if (chosen !== undefined) onChange(chosen.value);
        }}
        className={INPUT}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
