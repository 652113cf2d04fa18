import { expect, it, vi } from "vitest";
import { ApiError } from "@/api/errors";
import { socketRequest } from "./request";

function socket(emitWithAck: () => Promise<unknown>, connected = true) {
  const spy = vi.fn(emitWithAck);
  return { spy, socket: { connected, timeout: () => ({ emitWithAck: spy }) } as never };
}

const codeOf = async (request: Promise<unknown>) =>
  request.then(
    () => null,
    (error: unknown) => (error instanceof ApiError ? error.code : error),
  );

it("gives the data of an ack", async () => {
  const { socket: connected } = socket(() => Promise.resolve({ ok: true, data: 7 }));
  expect(await socketRequest(connected, "x", {})).toBe(7);
});

it("throws what the server refuses with", async () => {
  const { socket: connected } = socket(() => Promise.resolve({ ok: false, error: { code: "BUSY", message: "" } }));
  expect(await codeOf(socketRequest(connected, "x", {}))).toBe("BUSY");
});

it("never leaves an event to be sent later by the library", async () => {
  const { socket: disconnected, spy } = socket(() => Promise.resolve({ ok: true, data: 7 }), false);
  expect(await codeOf(socketRequest(disconnected, "x", {}))).toBe("OFFLINE");
  expect(spy).not.toHaveBeenCalled();
});

it("tells a missing ack from a broken connection", async () => {
  const { socket: connected } = socket(() => Promise.reject(new Error("timeout")));
  expect(await codeOf(socketRequest(connected, "x", {}))).toBe("TIMEOUT");
});
