import { expect, it } from "vitest";
import { conversation, ME, notification, OTHER } from "@/test/fixtures";
import { describe } from "./describe";

const group = conversation({ id: "g1", type: "group", name: "Readers" });

it("names who wrote, whatever the server's title", () => {
  expect(describe(notification("a", { title: "New message" }), conversation(), ME)).toEqual({
    title: "Grace",
    text: "hello",
  });
  expect(describe(notification("a", { type: "mention" }), group, ME)).toEqual({
    title: "Readers",
    text: "Grace: hello",
  });
});

it("tells of requests and invitations in words of its own", () => {
  const request = notification("a", { type: "request", title: "Message request" });
  expect(describe(request, conversation(), ME)).toEqual({ title: "Grace", text: "Message request: hello" });
  expect(describe({ ...request, content: "" }, conversation(), ME).text).toBe("Accepted your message request.");
  const invite = notification("b", { type: "group_invite", title: "Old name", content: "", senderId: OTHER });
  expect(describe(invite, group, ME)).toEqual({ title: "Readers", text: "Grace added you to the group." });
});

it("uses the server's words for what is no conversation, or is gone", () => {
  const system = notification("a", { type: "system", title: "Maintenance", content: "Tonight.", conversationId: null });
  expect(describe(system, undefined, ME)).toEqual({ title: "Maintenance", text: "Tonight." });
  expect(describe(notification("b"), undefined, ME)).toEqual({ title: "Grace", text: "hello" });
});
