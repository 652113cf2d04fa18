import type { ErrorCode, Violation } from "./types";

/**
 * What went wrong: the server's codes, `OFFLINE` when it could not be reached at all, and `UPLOAD_LOST` when a page was
 * closed before it had uploaded its files.
 */
export type FailureCode = ErrorCode | "OFFLINE" | "UPLOAD_LOST";

/** A refused or failed request, by REST or by socket. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly code: FailureCode,
    message: string,
    readonly violations: readonly Violation[] = [],
    /** The HTTP status, if it came with one. */
    readonly status: number | null = null,
  ) {
    super(message);
  }
}

const RETRYABLE: ReadonlySet<FailureCode> = new Set(["BUSY", "UNAVAILABLE", "TIMEOUT", "RATE_LIMITED", "OFFLINE"]);

/** Whether repeating the same request (with the same `clientId`) is safe and may help. */
export function isRetryable(error: unknown): boolean {
  return error instanceof ApiError && RETRYABLE.has(error.code);
}

/** Any thrown value as an `ApiError`. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError("INTERNAL", error instanceof Error ? error.message : String(error));
}
