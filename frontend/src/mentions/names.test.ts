import { describe, expect, it } from "vitest";
import { nameBefore, namesIn } from "./names";

describe("names in a text", () => {
  const names = (text: string) => namesIn(text).map(({ trimmed }) => trimmed);

  it("are found as the server finds them", () => {
    expect(names("@ANN-Lee and (@bob), @bob!")).toEqual(["ann-lee", "bob", "bob"]);
    expect(names("bob@ann-lee đ@ann @@x @ @.")).toEqual(["x"]);
    expect(names("@bob ".repeat(60))).toHaveLength(50);
  });

  it("may end with what ends a sentence", () => {
    expect(namesIn("ask @bob.")).toEqual([{ start: 4, text: "@bob.", whole: "bob.", trimmed: "bob" }]);
  });
});

describe("the name that is being written", () => {
  it("reaches from the @ to the caret", () => {
    expect(nameBefore("hello @bo", 9)).toEqual({ start: 6, query: "bo" });
    expect(nameBefore("hello @bob", 8)).toEqual({ start: 6, query: "b" });
    expect(nameBefore("@", 1)).toEqual({ start: 0, query: "" });
    expect(nameBefore("(@Đặ", 4)).toEqual({ start: 1, query: "Đặ" });
  });

  it("is none in an address, after a space, or before the @", () => {
    expect(nameBefore("bob@exam", 8)).toBeNull();
    expect(nameBefore("@bob ", 5)).toBeNull();
    expect(nameBefore("hello @bo", 5)).toBeNull();
  });
});
