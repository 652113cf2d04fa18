import { expect, it } from "vitest";
import type { Conversation, Member } from "@/api/types";
import { conversation, ME } from "@/test/fixtures";
import { candidatesFor } from "./candidates";

const member = (userId: number, username: string, displayName: string): Member => ({
  userId,
  username,
  displayName,
  avatarUrl: null,
  role: "member",
  lastReadSeq: 0,
  lastDeliveredSeq: 0,
  request: "accepted",
});

const group = (change: Partial<Conversation> = {}) =>
  conversation({
    type: "group",
    members: [
      member(ME, "ada", "Ada"),
      member(2, "grace", "Grace Hopper"),
      member(3, "hedy", "Hedy Lamarr"),
      member(4, "dang", "Đặng Hoàng"),
      member(5, "", ""),
    ],
    ...change,
  });
const names = (query: string, of = group()) => candidatesFor(of, query, ME).map(({ name }) => name);

it("are the others whose username or name begins so", () => {
  expect(names("")).toEqual(["grace", "hedy", "dang"]);
  expect(names("h")).toEqual(["hedy", "grace", "dang"]);
  expect(names("HOP")).toEqual(["grace"]);
  expect(names("đặ")).toEqual(["dang"]);
  expect(names("opper")).toEqual([]);
});

it("are all together for those who look after the group", () => {
  const moderated = group({ me: { ...conversation().me, role: "moderator" } });
  expect(names("", moderated)[0]).toBe("all");
  expect(names("al", moderated)).toEqual(["all"]);
  expect(names("all")).toEqual([]);
});

it("are nobody when the name is complete, unless it may go on", () => {
  expect(names("Hedy")).toEqual([]);
  const two = group({ members: [member(2, "bob", "Bob"), member(3, "bobby", "Bobby")] });
  expect(names("bob", two)).toEqual(["bob", "bobby"]);
});

it("are nobody between two, and few at a time", () => {
  expect(names("", conversation())).toEqual([]);
  const many = Array.from({ length: 40 }, (_, index) => member(index + 10, `m${index}`, `M ${index}`));
  expect(names("m", group({ members: many }))).toHaveLength(8);
});
