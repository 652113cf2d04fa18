import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { queryClient } from "@/api/queryClient";
import { conversation, ME } from "@/test/fixtures";
import { withConversation } from "./cache";
import { forgetReads, markRead, resumeReads } from "./markRead";
import { readConversations, updateConversations } from "./queries";

const KEY = `warren.reads.${ME}`;
const unread = () => readConversations().byId["d1-2"]?.me.unread;

beforeEach(() => {
  updateConversations((index) => withConversation(index, conversation({ lastSeq: 3 })));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  forgetReads(ME);
  queryClient.clear();
});

it("goes on with what an earlier page has read", () => {
  localStorage.setItem(KEY, '{"d1-2":2}');
  resumeReads(ME);
  expect(unread()).toBe(1);
});

it.each(["{", "null", '"1"', '{"d1-2":"2"}'])("starts although %s is kept", (stored) => {
  localStorage.setItem(KEY, stored);
  resumeReads(ME);
  expect(unread()).toBe(3);
});

it("marks read although the browser keeps nothing", () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  const refuse = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  vi.stubGlobal("localStorage", { getItem: refuse, setItem: refuse, removeItem: refuse });
  resumeReads(ME);
  markRead("d1-2", 3, ME);
  expect(unread()).toBe(0);
  forgetReads(ME);
  expect(warn).toHaveBeenCalled();
});
