import { asApiError } from "@/api/errors";
import { en } from "./en";
import { t, type MessageKey } from ".";

/** An error as people read it. What depends on the request itself is told in the server's words. */
export function describeError(thrown: unknown): string {
  const error = asApiError(thrown);
  const key = `error.${error.code}`;
  return key in en ? t(key as MessageKey) : error.message;
}
