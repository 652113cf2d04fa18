import { ApiError } from "@/api/errors";
import { API_URL, problemOf } from "@/api/http";
import type { FileView } from "@/api/types";
import { tokens } from "@/auth/tokens";
import { conversationPath } from "@/conversations/queries";

interface TransferOptions {
  /** Names the upload: repeated, it is there once. */
  clientId: string;
  /** Called with the part that has left this device, from 0 to 1. */
  onProgress: (part: number) => void;
  signal: AbortSignal;
}

/** Uploads a file into a conversation; a refused token is renewed once. Throws `ApiError`. */
export async function transfer(conversationId: string, file: File, options: TransferOptions): Promise<FileView> {
  const token = await tokens.fresh();
  try {
    return await put(conversationId, file, token, options);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== "AUTH_INVALID") throw error;
    return put(conversationId, file, await tokens.renew(token), options);
  }
}

/** By `XMLHttpRequest`: `fetch` does not tell how far it has come. */
function put(
  conversationId: string,
  file: File,
  token: string,
  { clientId, onProgress, signal }: TransferOptions,
): Promise<FileView> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ name: file.name, clientId });
    request.open("POST", `${API_URL}${conversationPath(conversationId)}/files?${query.toString()}`);
    request.setRequestHeader("authorization", `Bearer ${token}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.withCredentials = API_URL !== "";
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onerror = () => reject(new ApiError("OFFLINE", "No answer from the server."));
    request.onabort = () => reject(new DOMException("Cancelled.", "AbortError"));
    request.onload = () => {
      const body = bodyOf(request.responseText);
      if (request.status === 201) resolve(body as FileView);
      else reject(problemOf(request.status, body, request.statusText));
    };
    signal.addEventListener("abort", () => request.abort());
    if (signal.aborted) reject(new DOMException("Cancelled.", "AbortError"));
    else request.send(file);
  });
}

/** What the server said; nothing if it was a proxy that spoke. */
function bodyOf(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}
