import { expect, it } from "vitest";
import { excerptOf } from "./excerpt";

/** With what matches in brackets. */
const marked = (content: string, q: string) =>
  excerptOf(content, q)
    .map(({ text, isMatch }) => (isMatch ? `[${text}]` : text))
    .join("");

it.each([
  ["dang", "Xin chào Đặng", "Xin chào [Đặng]"],
  ["CARR soup", "A soup of carrots", "A [soup] of [carr]ots"],
  ["arrot", "carrot", "carrot"],
  ["cafe", "Cafe\u0301 here", "[Cafe\u0301] here"],
  ["日本", "ようこそ日本へ", "ようこそ[日本]へ"],
  ["example.com", "see http://example.com/x", "see http://[example.com]/x"],
  ["3", "3 of 13", "[3] of 13"],
  ["(a*", "a (b) a*", "[a] (b) [a]*"],
  ["<b>", "<b>bold</b>", "<[b]>[b]old</[b]>"],
])("marks %s", (q, content, expected) => expect(marked(content, q)).toBe(expected));

it("shows a line of a long text around what was looked for", () => {
  const words = "some other words ".repeat(40);
  const text = marked(`${words}needle ${words}`, "needle");
  expect(text).toMatch(/^… .{1,32}\[needle\] some other/);
  expect(text.length).toBeLessThan(260);
  expect(text.endsWith("…")).toBe(true);
  expect(marked("a\n\n  b", "b")).toBe("a [b]");
});
