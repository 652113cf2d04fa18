import { tokens } from "@/auth/tokens";
import { ApiError } from "./errors";
import { send, type RequestOptions } from "./http";

type Options = Omit<RequestOptions, "token">;

/** A signed-in request. A refused token is renewed once, and the request repeated. */
async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const token = await tokens.fresh();
  try {
    return await send<T>(method, path, { ...options, token });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "AUTH_INVALID") throw error;
    return send<T>(method, path, { ...options, token: await tokens.renew(token) });
  }
}

export const api = {
  get: <T>(path: string, signal?: AbortSignal) => request<T>("GET", path, { signal }),
  post: <T>(path: string, body: unknown = {}) => request<T>("POST", path, { body }),
  put: <T>(path: string, body: unknown = {}) => request<T>("PUT", path, { body }),
  patch: <T>(path: string, body: unknown) => request<T>("PATCH", path, { body }),
  delete: <T>(path: string, body?: unknown) => request<T>("DELETE", path, body === undefined ? {} : { body }),
};

/** A path with its query; undefined and null values are left out. */
export function withQuery(path: string, query: Record<string, string | number | boolean | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}
