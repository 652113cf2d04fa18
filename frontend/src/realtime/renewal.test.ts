import { expect, test, vi } from "vitest";
import { Renewal } from "./renewal";

function setUp(send = vi.fn(() => Promise.resolve())) {
  let number = 0;
  const tokens = {
    fresh: () => Promise.resolve("first"),
    renew: vi.fn(() => Promise.resolve(`next ${(number += 1)}`)),
  };
  return { renewal: new Renewal(tokens, send), renew: tokens.renew, send };
}

test("a connection goes on with another token than it has", async () => {
  const { renewal, renew, send } = setUp();
  expect(await renewal.begin()).toBe("first");
  await renewal.goOn();
  await renewal.goOn();
  expect(renew.mock.calls).toEqual([["first"], ["next 1"]]);
  expect(send.mock.calls).toEqual([["next 1"], ["next 2"]]);
});

test("a token that was refused is not taken for the connection's own", async () => {
  const { renewal, renew } = setUp(vi.fn(() => Promise.reject(new Error("refused"))));
  await renewal.begin();
  await renewal.goOn();
  await renewal.goOn();
  expect(renew.mock.calls).toEqual([["first"], ["first"]]);
});
