import { ApiError } from "./errors";
import type { ErrorCode, Problem } from "./types";

/** Where the API is; the page's own origin unless the client is hosted elsewhere. */
export const API_URL: string = (import.meta.env["VITE_API_URL"] as string | undefined) ?? "";

const TIMEOUT_MS = 15_000;

export interface RequestOptions {
  body?: unknown;
  token?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Sends one request and gives the body of its answer; throws `ApiError` for everything else. */
export async function send<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const headers = new Headers({ accept: "application/json" });
  if (options.token !== undefined) headers.set("authorization", `Bearer ${options.token}`);
  if (options.body !== undefined) headers.set("content-type", "application/json");

  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(API_URL + path, {
      method,
      headers,
      credentials: API_URL === "" ? "same-origin" : "include",
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    throw new ApiError(timeout.aborted ? "TIMEOUT" : "OFFLINE", "No answer from the server.");
  }
  if (!response.ok) throw await problem(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function problem(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => ({}))) as Partial<Problem>;
  return problemOf(response.status, body, response.statusText);
}

/** What a refusal says. */
export function problemOf(status: number, body: Partial<Problem>, statusText: string): ApiError {
  const message = body.detail ?? body.title ?? statusText;
  return new ApiError(body.code ?? codeOf(status), message, body.errors ?? [], status);
}

/** The code for an answer that did not come from Warren itself, such as a proxy's. */
function codeOf(status: number): ErrorCode {
  if (status === 401) return "AUTH_INVALID";
  if (status === 403) return "FORBIDDEN";
  if (status === 404) return "NOT_FOUND";
  if (status === 429) return "RATE_LIMITED";
  if (status === 504) return "TIMEOUT";
  if (status === 502 || status === 503) return "UNAVAILABLE";
  return status < 500 ? "INVALID_INPUT" : "INTERNAL";
}
