import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ApiError } from "@/api/errors";
import type { FileView } from "@/api/types";
import { nextToSend } from "@/messages/outbox";
import { outbox } from "@/messages/outboxStore";
import { withLost } from "./lost";
import { transfer } from "./transfer";
import { cancel, forgetUploads, MAX_FILES, pick, retry, sendWith, TAB, useUploads } from "./uploads";

vi.mock(import("./transfer"));
vi.mock(import("@/lib/time"), async (original) => ({ ...(await original()), delay: () => Promise.resolve() }));

const ID = "d1-2";
/** The transfers under way, by the name of their file. */
const underWay = new Map<string, Transfer>();
interface Transfer {
  resolve: (view: FileView) => void;
  reject: (error: Error) => void;
  signal: AbortSignal;
}
const text = (name: string) => new File(["hello"], name, { type: "text/plain" });
const view = (name: string): FileView => ({
  fileId: name,
  url: `/chat/conversations/${ID}/files/${name}`,
  name,
  mediaType: "text/plain",
  size: 5,
});
const states = () => useUploads.getState().uploads.map(({ file, state }) => `${file.name} ${state}`);
const idOf = (name: string) => useUploads.getState().uploads.find(({ file }) => file.name === name)?.id ?? "";
const finish = (name: string) => underWay.get(name)?.resolve(view(name));

beforeEach(() => {
  vi.mocked(transfer).mockImplementation(
    (_id, { name }, { signal }) => new Promise((resolve, reject) => underWay.set(name, { resolve, reject, signal })),
  );
});
afterEach(() => {
  forgetUploads();
  outbox.detach();
  underWay.clear();
});

it("uploads a few at a time, and goes on with the next", async () => {
  expect(pick(ID, ["a", "b", "c", "d"].map(text))).toBe(4);
  expect(states()).toEqual(["a uploading", "b uploading", "c uploading", "d waiting"]);
  finish("b");
  await vi.waitFor(() => expect(states()).toEqual(["a uploading", "b done", "c uploading", "d uploading"]));
  cancel(idOf("a"));
  expect(underWay.get("a")?.signal.aborted).toBe(true);
  expect(states()).toEqual(["b done", "c uploading", "d uploading"]);
});

it("takes no more than a message can have", () => {
  const many = Array.from({ length: 12 }, (_, index) => text(String(index)));
  expect(pick(ID, many)).toBe(MAX_FILES);
  expect(pick(ID, many)).toBe(0);
  expect(pick("g1", many.slice(0, 2))).toBe(2);
});

it("a message waits for its files, and what is written after it for the message", async () => {
  pick(ID, [text("a"), text("b")]);
  finish("a");
  await vi.waitFor(() => expect(states()).toContain("a done"));
  await sendWith(ID, "look");
  await outbox.add(ID, "later");
  expect(nextToSend(outbox.read(), ID)).toBeUndefined();
  expect(outbox.read()[0]).toMatchObject({ content: "look", tab: TAB, files: [{ url: view("a").url }, { url: null }] });

  const woken = vi.fn();
  outbox.onWork(woken);
  finish("b");
  await vi.waitFor(() => expect(woken).toHaveBeenCalledWith(ID));
  const next = nextToSend(outbox.read(), ID);
  expect(next?.files?.map(({ url }) => url)).toEqual([view("a").url, view("b").url]);

  // Gone with its message.
  outbox.confirm(new Set([next?.clientId ?? ""]));
  expect(states()).toEqual([]);
});

it("what is refused gives the message up with the reason, and is tried again with it", async () => {
  pick(ID, [text("a")]);
  await sendWith(ID, "");
  underWay.get("a")?.reject(new ApiError("INVALID_INPUT", "At most 10 MiB.", [], 413));
  await vi.waitFor(() => expect(outbox.read()[0]?.state).toBe("failed"));
  expect(outbox.read()[0]?.error).toMatchObject({ code: "INVALID_INPUT", message: "At most 10 MiB." });
  expect(useUploads.getState().uploads[0]?.error?.status).toBe(413);
  outbox.retry(ID);
  expect(states()).toEqual(["a uploading"]);
  outbox.discard(outbox.read()[0]?.clientId ?? "");
  expect(underWay.get("a")?.signal.aborted).toBe(true);
});

it("waits for the connection as long as it takes, but not for ever for a server that is too busy", async () => {
  let attempts = 0;
  vi.mocked(transfer).mockImplementation((_id, { name }) => {
    attempts += 1;
    return attempts < 20 ? Promise.reject(new ApiError("OFFLINE", "")) : Promise.resolve(view(name));
  });
  pick(ID, [text("a")]);
  await vi.waitFor(() => expect(states()).toEqual(["a done"]));
  vi.mocked(transfer).mockRejectedValue(new ApiError("BUSY", "", [], 503));
  pick(ID, [text("b")]);
  await vi.waitFor(() => expect(states()).toEqual(["a done", "b failed"]));
  vi.mocked(transfer).mockResolvedValue(view("b"));
  retry(idOf("b"));
  await vi.waitFor(() => expect(states()).toEqual(["a done", "b done"]));
});

it("tells honestly what was lost with a tab, and does not try it again", async () => {
  pick(ID, [text("a")]);
  await sendWith(ID, "look");
  await outbox.add(ID, "later");
  await outbox.update((entries) => withLost(entries, "another"));
  expect(outbox.read()[0]?.state).toBe("queued");
  await outbox.update((entries) => withLost(entries, TAB));
  expect(outbox.read().map(({ state, error }) => [state, error?.code])).toEqual([
    ["failed", "UPLOAD_LOST"],
    ["queued", undefined],
  ]);
  expect(nextToSend(outbox.read(), ID)?.content).toBe("later");
  outbox.retry(ID);
  expect(outbox.read()[0]?.state).toBe("failed");
});
