import { expect, it } from "vitest";
import type { RequestState } from "@/api/types";
import { conversation, ME } from "@/test/fixtures";
import { situationOf } from "./situation";

function between(mine: RequestState, theirs: RequestState, lastSeq = 0) {
  const base = conversation({ lastSeq });
  return conversation({
    lastSeq,
    me: { ...base.me, request: mine },
    members: base.members.map((member) => ({ ...member, request: member.userId === ME ? mine : theirs })),
  });
}

it("tells how many messages may still be written to somebody who has not agreed yet", () => {
  expect(situationOf(between("accepted", "pending"), ME, 0)).toEqual({ kind: "asking", left: 3 });
  expect(situationOf(between("accepted", "pending", 1), ME, 1)).toEqual({ kind: "asking", left: 1 });
  expect(situationOf(between("accepted", "pending", 3), ME, 1)).toEqual({ kind: "asking", left: 0 });
});

it("knows who is to answer, and what was answered", () => {
  expect(situationOf(between("pending", "accepted", 1), ME, 0).kind).toBe("asked");
  expect(situationOf(between("declined", "accepted", 1), ME, 0).kind).toBe("refused");
  expect(situationOf(between("accepted", "declined", 1), ME, 0).kind).toBe("turned-down");
  expect(situationOf(between("accepted", "accepted", 9), ME, 0).kind).toBe("agreed");
  expect(situationOf(conversation({ type: "group", lastSeq: 9 }), ME, 0).kind).toBe("agreed");
});
