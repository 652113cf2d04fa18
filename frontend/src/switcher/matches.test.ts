import { expect, it } from "vitest";
import { conversation, ME } from "@/test/fixtures";
import { matchingConversations } from "./matches";

const group = (id: string, name: string) => conversation({ id, type: "group", name });
const all = [group("g1", "Bạn bè Đà Nẵng"), group("g2", "Dance"), conversation({ id: "d1-2" }), group("g3", "Readers")];
const found = (text: string) => matchingConversations(all, text, ME).map(({ id }) => id);

it("finds by the beginning of any word, the name's own beginning first", () => {
  expect(found("da")).toEqual(["g2", "g1"]);
  expect(found("eaders")).toEqual([]);
});

it("finds without accents and case, and people by username", () => {
  expect(found("BAN BE")).toEqual(["g1"]);
  expect(found("đà n")).toEqual(["g1"]);
  expect(found("grace")).toEqual(["d1-2"]);
});

it("offers the list as it is while nothing is typed", () => {
  expect(found("  ")).toEqual(["g1", "g2", "d1-2", "g3"]);
});
