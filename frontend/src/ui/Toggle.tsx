interface ToggleProps {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

/** Something that is on or off: a checkbox, drawn as a line with a switch. */
export function Toggle({ label, checked, disabled = false, onChange }: ToggleProps) {
  return (
    <label className="flex min-h-12 cursor-pointer items-center justify-between gap-3 border-line px-4 py-2 text-sm not-first:border-t hover:bg-hover has-disabled:cursor-default has-disabled:text-muted has-disabled:hover:bg-transparent has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-accent-ink">
      {label}
      <input
        type="checkbox"
        role="switch"
        checked={checked}
        disabled={disabled}
        onChange={({ target }) => onChange(target.checked)}
        className="peer sr-only"
      />
      <span
        aria-hidden
        className="h-6 w-10 shrink-0 rounded-full bg-field p-0.5 transition-colors peer-checked:bg-accent peer-disabled:opacity-50 after:block after:size-5 after:rounded-full after:bg-white after:transition-transform peer-checked:after:translate-x-4"
      />
    </label>
  );
}
