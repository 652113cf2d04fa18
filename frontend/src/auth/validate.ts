import type { Login, Register } from "@/api/types";
import type { MessageKey } from "@/locales";

/** The mistake in each field; fields without one are absent. */
export type FieldErrors<Fields extends string> = Partial<Record<Fields, MessageKey>>;

/** bcrypt reads no more, so the server refuses more. */
const MAX_PASSWORD_BYTES = 71;

export function checkLogin(login: Login): FieldErrors<keyof Login> {
  return {
    ...(login.email.trim() === "" && { email: "auth.check.required" as const }),
    ...(login.password === "" && { password: "auth.check.required" as const }),
  };
}

/** The server's own rules, told before asking it. */
export function checkAccount(account: Register): FieldErrors<keyof Register> {
  const errors: FieldErrors<keyof Register> = {};
  if (!/^[A-Za-z0-9._-]{3,32}$/.test(account.username)) errors.username = "auth.check.username";
  if (!/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)*$/.test(account.email)) errors.email = "auth.check.email";
  if (Array.from(account.password).length < 8) errors.password = "auth.check.passwordShort";
  else if (new TextEncoder().encode(account.password).length > MAX_PASSWORD_BYTES) {
    errors.password = "auth.check.passwordLong";
  }
  return errors;
}
