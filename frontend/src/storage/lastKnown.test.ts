import "fake-indexeddb/auto";
import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { EMPTY_INDEX, withConversation, type ConversationIndex } from "@/conversations/cache";
import { fromNewest, type Timeline } from "@/messages/timeline";
import { conversation, ME, messages } from "@/test/fixtures";
import { deleteDatabase, openDatabase, type Database } from "./database";
import { keepLastKnown, readLastKnown } from "./lastKnown";

let database: Database;
let client: QueryClient;
let stop: () => void;

const index = (lastChange = 0) => withConversation(EMPTY_INDEX, conversation({ lastSeq: 150, lastChange }));
const known = async (key: string) => (await readLastKnown(database)).find((query) => query.key[0] === key)?.data;
/** Leaving the page stores at once. */
const hide = () => {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
};

beforeEach(async () => {
  database = await openDatabase(ME);
  client = new QueryClient();
  stop = keepLastKnown(database, client);
});
afterEach(async () => {
  stop();
  database.close();
  await deleteDatabase(ME);
});

it("keeps the list and the newest messages of conversations, but no searches", async () => {
  client.setQueryData(["conversations"], index());
  client.setQueryData(["messages", "d1-2"], fromNewest({ items: messages(1, 150), nextCursor: null }));
  client.setQueryData(["people", "gr"], []);
  hide();
  await vi.waitFor(async () => expect(await readLastKnown(database)).toHaveLength(2));
  expect((await known("conversations")) as ConversationIndex).toEqual(index());
  const timeline = (await known("messages")) as Timeline;
  expect(timeline).toMatchObject({ upTo: 150, before: 51 });
  expect(timeline.items).toHaveLength(100);
});

it("forgets what is no longer held", async () => {
  client.setQueryData(["conversations"], index());
  hide();
  await vi.waitFor(async () => expect(await known("conversations")).toBeDefined());
  client.removeQueries({ queryKey: ["conversations"] });
  hide();
  await vi.waitFor(async () => expect(await known("conversations")).toBeUndefined());
});

it("leaves out messages that lack changes which the list knows of", async () => {
  client.setQueryData(["conversations"], index(1));
  client.setQueryData(["messages", "d1-2"], fromNewest({ items: messages(1, 3), nextCursor: null }));
  hide();
  await vi.waitFor(async () => expect(await known("messages")).toBeDefined());
  stop();
  await database.put("queries", { hash: '["conversations"]', key: ["conversations"], data: index(2), at: Date.now() });
  expect(await known("messages")).toBeUndefined();
});
