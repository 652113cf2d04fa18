import type { Login, Register } from "@/api/types";
import type { FieldErrors } from "@/lib/useForm";
import type { MessageKey } from "@/locales";

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
  const password = checkPassword(account.password);
  if (password !== undefined) errors.password = password;
  return errors;
}

/** What is wrong with a new password. */
export function checkPassword(password: string): MessageKey | undefined {
  if (Array.from(password).length < 8) return "auth.check.passwordShort";
  return new TextEncoder().encode(password).length > MAX_PASSWORD_BYTES ? "auth.check.passwordLong" : undefined;
}
