import { expect, it } from "vitest";
import { conversation, ME } from "@/test/fixtures";
import { deliveredTo, markOf, reachOf, seenBy } from "./marks";

const [ada, grace] = conversation().members;
if (ada === undefined || grace === undefined) throw new Error("two members");
const cleo = { ...grace, userId: 3, displayName: "Cleo" };

it("tells how far a message has come: as far as the last of the others", () => {
  const group = conversation({
    type: "group",
    memberCount: 3,
    members: [ada, { ...grace, lastReadSeq: 3, lastDeliveredSeq: 3 }, { ...cleo, lastReadSeq: 1, lastDeliveredSeq: 2 }],
  });
  const reach = reachOf(group, ME);
  expect([1, 2, 3, 4].map((seq) => markOf(reach, seq))).toEqual(["read", "delivered", "sent", "sent"]);
  expect(seenBy(reach, 2).map(({ userId }) => userId)).toEqual([2]);
  expect(deliveredTo(reach, 2).map(({ userId }) => userId)).toEqual([3]);
});

it("counts what somebody has read as delivered", () => {
  const reach = reachOf(conversation({ members: [ada, { ...grace, lastReadSeq: 2 }] }), ME);
  expect(markOf(reach, 2)).toBe("read");
  expect(reach.delivered).toBe(2);
});

it("claims nothing while not all members are known, or nobody else is there", () => {
  const first = { ...grace, lastReadSeq: 5, lastDeliveredSeq: 5 };
  const large = conversation({ type: "group", memberCount: 40, members: [ada, first] });
  expect(markOf(reachOf(large, ME), 1)).toBe("sent");
  expect(seenBy(reachOf(large, ME), 1)).toEqual([first]);
  const alone = conversation({ type: "group", memberCount: 1, members: [ada] });
  expect(markOf(reachOf(alone, ME), 1)).toBe("sent");
});
