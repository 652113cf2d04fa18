import { describe, expect, it } from "vitest";
import { ME, message } from "@/test/fixtures";
import type { Outgoing } from "./outbox";
import { rowsOf } from "./rows";

const local = (day: number, hour: number, minute = 0) => new Date(2026, 0, day, hour, minute).toISOString();
const outgoing: Outgoing = {
  clientId: "c1",
  conversationId: "d1-2",
  content: "hi",
  createdAt: local(16, 9, 3),
  order: 1,
  state: "queued",
  attempts: 0,
};

describe("the rows of a conversation", () => {
  it("are parted by days and grouped by sender and time", () => {
    const rows = rowsOf(
      [
        message(1, { createdAt: local(15, 22) }),
        message(2, { createdAt: local(15, 22, 2) }),
        message(3, { createdAt: local(15, 22, 30) }),
        message(4, { createdAt: local(16, 9), senderId: ME }),
      ],
      [outgoing],
      ME,
      true,
    );
    expect(rows.map(({ kind }) => kind)).toEqual([
      "day",
      "message",
      "message",
      "message",
      "day",
      "message",
      "outgoing",
    ]);
    expect(rows.flatMap((row) => ("startsGroup" in row ? [[row.startsGroup, row.endsGroup]] : []))).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, false],
      [false, true],
    ]);
  });

  it("show a message that is stored once, under the key it had on its way", () => {
    const rows = rowsOf([message(1, { senderId: ME, clientId: "c1" })], [outgoing], ME, true);
    expect(rows.slice(1)).toMatchObject([{ kind: "message", key: "c1" }]);
  });

  it("keep system messages out of groups", () => {
    const rows = rowsOf([message(1), message(2, { type: "system" }), message(3)], [], ME, true);
    expect(rows.slice(1)).toMatchObject([
      { kind: "message", endsGroup: true },
      { kind: "system" },
      { kind: "message", startsGroup: true },
    ]);
  });

  it("begin no day while older messages may belong to it, and keep their keys when those come", () => {
    const later = rowsOf([message(2), message(3)], [], ME, false);
    expect(later.map(({ kind }) => kind)).toEqual(["message", "message"]);
    const all = rowsOf([message(1), message(2), message(3)], [], ME, true);
    expect(all.slice(2).map(({ key }) => key)).toEqual(later.map(({ key }) => key));
  });

  it("say where the unread messages begin, when that place is held", () => {
    const all = [message(1), message(2), message(3)];
    expect(rowsOf(all, [], ME, true, 3).map(({ kind }) => kind)).toEqual([
      "day",
      "message",
      "message",
      "unread",
      "message",
    ]);
    expect(rowsOf(all.slice(1), [], ME, false, 2)[0]).toMatchObject({ kind: "unread" });
    expect(rowsOf(all.slice(2), [], ME, false, 2).map(({ kind }) => kind)).toEqual(["message"]);
    expect(rowsOf(all, [], ME, true, 3).slice(2)).toMatchObject([{ endsGroup: true }, {}, { startsGroup: true }]);
  });
});
