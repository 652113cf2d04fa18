import { randomBytes } from "node:crypto";
import { expect } from "@playwright/test";
import type { Socket } from "socket.io-client";

/** A stock client, without a browser, with each of the ways in which it may connect. */
export const TRANSPORTS: [string, string[]][] = [
  ["by its defaults: polling, then an upgrade", ["polling", "websocket"]],
  ["by polling alone", ["polling"]],
  ["by websocket alone", ["websocket"]],
];

export interface Message {
  id: string;
  content: string;
  seq: number;
}

type Answer<T> = { ok: true; data: T } | { ok: false; error: { code: string; message: string } };

export async function post<T>(url: string, body: object, token?: string): Promise<T> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return JSON.parse(text) as T;
}

export async function register(url: string) {
  const username = `c${randomBytes(6).toString("hex")}`;
  const account = { username, email: `${username}@example.org`, password: "correct horse battery" };
  const signedIn = await post<{ accessToken: string; user: { userId: number } }>(`${url}/auth/register`, account);
  return { token: signedIn.accessToken, id: signedIn.user.userId };
}

export function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
}

export function call<T>(socket: Socket, event: string, payload: object): Promise<T> {
  return new Promise((resolve, reject) => {
    socket.emit(event, payload, (answer: Answer<T>) => {
      if (answer.ok) resolve(answer.data);
      else reject(new Error(`${answer.error.code}: ${answer.error.message}`));
    });
  });
}

/** The messages that arrive, in the order in which they do. */
export function messages(socket: Socket): string[] {
  const contents: string[] = [];
  socket.on("message:created", (message: Message) => contents.push(message.content));
  return contents;
}
