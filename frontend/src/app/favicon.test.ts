import { expect, it } from "vitest";
import { badged } from "./favicon";

const icon = '<svg viewBox="0 0 32 32"><circle/></svg>';

it("has a number while something is unread", () => {
  expect(badged(icon, 0)).toBe(icon);
  expect(badged(icon, 7)).toMatch(/<circle\/>.*>7<\/text><\/svg>$/);
  expect(badged(icon, 1200)).toContain(">99</text>");
});
