import { Check } from "lucide-react";

interface ChoiceProps<Value extends string> {
  legend: string;
  name: string;
  value: Value;
  options: readonly { value: Value; label: string; lang?: string }[];
  onChange: (value: Value) => void;
}

/** One of a few: radio buttons, drawn as a list. */
export function Choice<Value extends string>({ legend, name, value, options, onChange }: ChoiceProps<Value>) {
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-semibold">{legend}</legend>
      <div className="overflow-hidden rounded-xl border border-line bg-surface">
        {options.map((option) => (
          <label
            key={option.value}
            lang={option.lang}
            className="flex min-h-12 cursor-pointer items-center justify-between gap-3 border-line px-4 text-sm not-first:border-t hover:bg-hover has-checked:font-medium has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent-ink"
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              className="peer sr-only"
            />
            {option.label}
            <Check aria-hidden className="size-4 text-accent-ink opacity-0 peer-checked:opacity-100" />
          </label>
        ))}
      </div>
    </fieldset>
  );
}
