import { expect, it } from "vitest";
import { portionsOf } from "./presence";

it("asks for many people in portions, which stay as they are when more are shown", () => {
  const ids = Array.from({ length: 250 }, (_, index) => 1_000 - index);
  const portions = portionsOf(ids);
  expect(portions.map(({ length }) => length)).toEqual([100, 100, 50]);
  expect(portions[0]?.slice(0, 2)).toEqual([901, 902]);
  expect(portionsOf(ids.slice(0, 100))).toEqual(portions.slice(0, 1));
  expect(portionsOf([])).toEqual([]);
});
