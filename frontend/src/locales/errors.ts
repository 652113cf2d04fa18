import { asApiError, type FailureCode } from "@/api/errors";
import type { Violation } from "@/api/types";
import { en } from "./en";
import { currentLanguage, t, type MessageKey } from ".";

/** The server's reasons that its codes do not tell apart, by its words for them. */
const REASONS: Readonly<Record<string, MessageKey>> = {
  "One of you has blocked the other, so nothing can be written here.": "refused.blocked",
  "The account of the other has been deleted, so nothing can be written here any more.": "conversations.ended",
  "The other has declined this conversation; only they can take it up again.": "refused.turnedDown",
  "This message has been deleted.": "messages.deleted",
  "must be a message of this conversation that you can see": "refused.answered",
  "Only the group's owner may do this.": "refused.ownerOnly",
  "Only the group's owner and moderators may do this.": "refused.moderatorsOnly",
  "Only the owner removes moderators.": "refused.ownerOnly",
  "Nobody removes the owner, who may leave or hand the group over.": "refused.owner",
  "Nobody suspends themselves.": "refused.oneself",
  "The password is wrong.": "refused.password",
  "This username is taken.": "refused.usernameTaken",
  "This e-mail address is taken.": "refused.emailTaken",
  "This username and this e-mail address are taken.": "refused.bothTaken",
  "This account has been deleted.": "refused.accountGone",
  "This account no longer exists.": "refused.accountGone",
  "must have at least 8 characters": "auth.check.passwordShort",
  "must differ from the current one": "password.same",
};

/** What may be wrong with a field, by code and field. */
const FIELDS: Readonly<Record<string, MessageKey>> = {
  "CONFLICT username": "refused.usernameTaken",
  "CONFLICT email": "refused.emailTaken",
  "INVALID_INPUT username": "auth.check.username",
  "INVALID_INPUT email": "auth.check.email",
  "INVALID_INPUT avatarUrl": "refused.picture",
};

/**
 * An error as people read it. What depends on the request itself is told in the server's words where there are none of
 * ours; in other languages than its own, after what is certain.
 */
export function describeError(thrown: unknown): string {
  const { code, message } = asApiError(thrown);
  const key = REASONS[message] ?? `error.${code}`;
  if (key in en) return t(key as MessageKey);
  return inServersWords(sentence(message));
}

/** A mistake in a field as people read it: of this violation, which came with an error of this code. */
export function describeViolation(code: FailureCode, { field, message }: Violation): string {
  const key = REASONS[message] ?? FIELDS[`${code} ${field}`];
  return key === undefined ? inServersWords(sentence(message)) : t(key);
}

function inServersWords(words: string): string {
  return currentLanguage() === "en" ? words : t("refused.because", { reason: words });
}

/** The server's "must have ..." as a sentence. */
function sentence(message: string): string {
  const text = message.charAt(0).toLocaleUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
