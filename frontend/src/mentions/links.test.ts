import { expect, it } from "vitest";
import { linksIn } from "./links";

const found = (text: string) => linksIn(text).map(({ start, end }) => text.slice(start, end));

it.each([
  ["see https://example.org/a?b=c#d now", ["https://example.org/a?b=c#d"]],
  ["HTTP://EXAMPLE.ORG and http://localhost:3000", ["HTTP://EXAMPLE.ORG", "http://localhost:3000"]],
  ["là https://vi.wikipedia.org/wiki/Tiếng_Việt nhé", ["https://vi.wikipedia.org/wiki/Tiếng_Việt"]],
  ["Look at https://example.org.", ["https://example.org"]],
  ["Really, https://example.org/a?!", ["https://example.org/a"]],
  ["(at https://example.org/a)", ["https://example.org/a"]],
  ["(at https://example.org/a).", ["https://example.org/a"]],
  ["https://en.wikipedia.org/wiki/Warren_(name)", ["https://en.wikipedia.org/wiki/Warren_(name)"]],
  ["(https://en.wikipedia.org/wiki/Warren_(name)),", ["https://en.wikipedia.org/wiki/Warren_(name)"]],
  ["[https://example.org/a[1]]", ["https://example.org/a[1]"]],
  ["<https://example.org>", ["https://example.org"]],
])("are found in %j", (text, links) => expect(found(text)).toEqual(links));

it.each([
  "javascript:alert(1)",
  "xhttps://example.org",
  "https://",
  "www.",
  "www.example",
  "ada@www.example.org",
  "https://bank.example@elsewhere.example/",
])("are not found in %j", (text) => expect(found(text)).toEqual([]));

it("lead to https where no scheme is written", () => {
  expect(linksIn("www.example.org")).toEqual([{ start: 0, end: 15, href: "https://www.example.org" }]);
});

it("show what they lead to: nothing that turns the order of letters is a part of them", () => {
  expect(found("https://example.org/\u202egpj.exe")).toEqual(["https://example.org/"]);
});
