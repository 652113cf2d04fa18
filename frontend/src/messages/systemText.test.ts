import { expect, it } from "vitest";
import type { SystemEvent } from "@/api/types";
import { ME, message } from "@/test/fixtures";
import { namedIn, systemText } from "./systemText";

const names: Record<number, string> = { 2: "Grace", 3: "Cleo", 4: "Dan", 5: "Eve" };
const told = (event: Omit<SystemEvent, "actorId">, actorId = 2) =>
  systemText(message(1, { type: "system", system: { ...event, actorId } }), ME, (userId) => names[userId] ?? "?");

it("tells what happened to a group", () => {
  expect(told({ kind: "updated", name: "Writers" })).toBe("Grace renamed the group to “Writers”.");
  expect(told({ kind: "updated", avatarUrl: "" })).toBe("Grace removed the group picture.");
  expect(told({ kind: "membersAdded", subjectIds: [3, ME] })).toBe("Grace added Cleo, you.");
  expect(told({ kind: "membersAdded", subjectIds: [3, 4, 5, 6, 7] })).toBe("Grace added Cleo, Dan, Eve and 2 more.");
  expect(told({ kind: "memberRemoved", subjectIds: [3] })).toBe("Grace removed Cleo.");
  expect(told({ kind: "memberLeft", subjectIds: [2] })).toBe("Grace left the group.");
  expect(told({ kind: "memberLeft", subjectIds: [2], newOwnerId: ME })).toBe("Grace left the group. You own it now.");
  expect(told({ kind: "roleChanged", subjectIds: [3], role: "moderator" })).toBe("Grace made Cleo a moderator.");
});

it("speaks to whoever did it", () => {
  expect(told({ kind: "memberRemoved", subjectIds: [3] }, ME)).toBe("You removed Cleo.");
  expect(told({ kind: "roleChanged", subjectIds: [3], role: "owner" }, ME)).toBe("You handed the group over to Cleo.");
});

it("knows whom it names", () => {
  const system: SystemEvent = { kind: "memberLeft", actorId: 3, subjectIds: [3], newOwnerId: 4 };
  expect(new Set(namedIn(message(1, { type: "system", senderId: 3, system })))).toEqual(new Set([3, 4]));
});
