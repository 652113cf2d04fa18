import { expect, it } from "vitest";
import { message } from "@/test/fixtures";
import { partsOf } from "./parts";

const members = [
  { userId: 2, username: "grace" },
  { userId: 3, username: "Hedy.L" },
  { userId: 4, username: "dot." },
];
const parts = (content: string, mentions: number[], mentionsAll = false) =>
  partsOf(message(1, { content, mentions, mentionsAll }), members);

it("are the names of those whom the server says it mentions", () => {
  expect(parts("hi @grace, @hedy.l and @stranger", [2, 3])).toEqual([
    "hi ",
    { text: "@grace", userId: 2 },
    ", ",
    { text: "@hedy.l", userId: 3 },
    " and @stranger",
  ]);
  expect(parts("hi @grace", [])).toEqual(["hi @grace"]);
});

it("leave the end of the sentence alone, unless it is a part of the name", () => {
  expect(parts("ask @grace.", [2])).toEqual(["ask ", { text: "@grace", userId: 2 }, "."]);
  expect(parts("@dot.", [4])).toEqual([{ text: "@dot.", userId: 4 }]);
});

it("are everybody's when the server says so", () => {
  expect(parts("@All: look", [], true)).toEqual([{ text: "@All", userId: null }, ": look"]);
  expect(parts("@all look", [])).toEqual(["@all look"]);
});

it("stay the same until somebody is called otherwise", () => {
  const named = message(1, { content: "@grace", mentions: [2] });
  const before = partsOf(named, members);
  expect(partsOf(named, [...members])).toBe(before);
  expect(partsOf(named, [{ userId: 2, username: "hopper" }])).toEqual(["@grace"]);
});

it("are addresses too, and a name in one belongs to it", () => {
  expect(parts("@grace: www.example.org/@grace, please", [2])).toEqual([
    { text: "@grace", userId: 2 },
    ": ",
    { text: "www.example.org/@grace", href: "https://www.example.org/@grace" },
    ", please",
  ]);
});
