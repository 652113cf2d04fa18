import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { deleteDatabase, openDatabase, type Database } from "@/storage/database";
import { ME, OTHER } from "@/test/fixtures";
import { added } from "./outbox";
import { outboxStorage } from "./outboxStorage";
import { outbox } from "./outboxStore";

const contents = () => outbox.read().map(({ content }) => content);
const opened: Database[] = [];

async function openFor(userId: number) {
  const database = await openDatabase(userId);
  opened.push(database);
  return outboxStorage(database, () => void outbox.changedElsewhere());
}

/** What a reload does. */
async function reload(userId = ME) {
  outbox.detach();
  await outbox.attach(await openFor(userId));
}

beforeEach(async () => outbox.attach(await openFor(ME)));
afterEach(async () => {
  outbox.detach();
  opened.splice(0).forEach((database) => database.close());
  await Promise.all([deleteDatabase(ME), deleteDatabase(OTHER)]);
});

it("survives a reload, in the order of writing", async () => {
  await Promise.all(["one", "two", "three"].map((text) => outbox.add("d1-2", text)));
  const before = outbox.read();
  await reload();
  expect(contents()).toEqual(["one", "two", "three"]);
  expect(outbox.read()).toEqual(before);
});

it("keeps what was given up with its reason, until it is retried or discarded", async () => {
  await outbox.add("d1-2", "hello");
  const error = { code: "FORBIDDEN", message: "You may not." } as const;
  await outbox.update((entries) => entries.map((entry) => ({ ...entry, state: "failed", error })));
  await reload();
  expect(outbox.read()).toMatchObject([{ content: "hello", state: "failed", error }]);

  outbox.retry("d1-2");
  await outbox.settled();
  await reload();
  expect(outbox.read()).toMatchObject([{ content: "hello", state: "queued", attempts: 0 }]);

  outbox.discard(outbox.read()[0]?.clientId ?? "");
  await outbox.settled();
  await reload();
  expect(contents()).toEqual([]);
});

it("is one for all tabs: what another one writes is shown and handed to this one's sender", async () => {
  const woken = vi.fn();
  outbox.onWork(woken);
  const other = await openFor(ME);
  await other.save(added([], { clientId: "elsewhere", conversationId: "d1-2", content: "from a tab" }), []);
  await vi.waitFor(() => expect(contents()).toEqual(["from a tab"]));
  expect(woken).toHaveBeenCalledWith("d1-2");
  await other.save([], ["elsewhere"]);
  await vi.waitFor(() => expect(contents()).toEqual([]));
  other.close();
});

it("belongs to one person", async () => {
  await outbox.add("d1-2", "mine");
  await reload(OTHER);
  expect(contents()).toEqual([]);
});

it("takes along what was written before the database was open", async () => {
  outbox.detach();
  void outbox.add("d1-2", "quick");
  await outbox.attach(await openFor(ME));
  await reload();
  expect(contents()).toEqual(["quick"]);
});

it("goes on in memory when the database fails", async () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  opened.splice(0).forEach((database) => database.close());
  await outbox.add("d1-2", "kept here");
  await outbox.refresh();
  expect(contents()).toEqual(["kept here"]);
  expect(warn).toHaveBeenCalledOnce();
});
