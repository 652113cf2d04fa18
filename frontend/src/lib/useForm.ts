import { useState, type SyntheticEvent } from "react";
import { asApiError, type ApiError } from "@/api/errors";
import { t, type MessageKey } from "@/locales";
import { describeViolation } from "@/locales/errors";

/** The mistake in each field; fields without one are absent. */
export type FieldErrors<Fields extends string> = Partial<Record<Fields, MessageKey>>;

interface Form<Values> {
  values: Values;
  busy: boolean;
  /** What was refused as a whole, when no field is to blame. */
  failure: ApiError | null;
  errorOf: (field: keyof Values & string) => string | undefined;
  /** What an input of this field needs. */
  bind: (field: keyof Values & string) => {
    name: string;
    value: string;
    error: string | undefined;
    onChange: (event: { target: { value: string } }) => void;
  };
  onSubmit: (event: SyntheticEvent<HTMLFormElement>) => void;
}

/** A form that checks its fields, then submits, and shows what the server says about which field. */
export function useForm<Values extends Record<keyof Values, string>>(
  initial: Values,
  check: (values: Values) => FieldErrors<keyof Values & string>,
  submit: (values: Values) => Promise<void>,
): Form<Values> {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Partial<Record<string, string>>>({});
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);

  const run = async (form: HTMLFormElement): Promise<void> => {
    const found = Object.entries(check(values)) as [string, Parameters<typeof t>[0]][];
    setErrors(Object.fromEntries(found.map(([field, key]) => [field, t(key)])));
    setFailure(null);
    if (found.length > 0) {
      form.querySelector<HTMLInputElement>(`[name="${found[0]?.[0] ?? ""}"]`)?.focus();
      return;
    }
    setBusy(true);
    try {
      await submit(values);
    } catch (thrown) {
      const error = asApiError(thrown);
      const known = error.violations.filter(({ field }) => field in values);
      setErrors(
        Object.fromEntries(known.map((violation) => [violation.field, describeViolation(error.code, violation)])),
      );
      setFailure(known.length > 0 ? null : error);
    } finally {
      setBusy(false);
    }
  };

  return {
    values,
    busy,
    failure,
    errorOf: (field) => errors[field],
    bind: (field) => ({
      name: field,
      value: values[field],
      error: errors[field],
      onChange: ({ target }) => {
        setValues((before) => ({ ...before, [field]: target.value }));
        setErrors((before) => ({ ...before, [field]: undefined }));
      },
    }),
    onSubmit: (event) => {
      event.preventDefault();
      void run(event.currentTarget);
    },
  };
}
