import { ApiError } from "@/api/errors";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import type { Upload } from "./uploads";

/** Why a file was not uploaded. What the server adds, such as the limit, is told in its words. */
export function uploadError({ code, message, status }: NonNullable<Upload["error"]>): string {
  if (status === 413) return t("files.tooLarge", { reason: message });
  if (status === 415) return t("files.wrongType", { reason: message });
  return describeError(new ApiError(code, message));
}
