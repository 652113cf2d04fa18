import { expect, it } from "vitest";
import { actionsOn } from "./rules";

it("lets owners do everything, moderators remove members, and members nothing", () => {
  const [owner, moderator, member] = (["owner", "moderator", "member"] as const).map((role) => ({ role }));
  if (owner === undefined || moderator === undefined || member === undefined) throw new Error("three roles");
  expect(actionsOn(member, "owner")).toEqual(["promote", "transfer", "remove"]);
  expect(actionsOn(moderator, "owner")).toEqual(["demote", "transfer", "remove"]);
  expect(actionsOn(member, "moderator")).toEqual(["remove"]);
  expect(actionsOn(moderator, "moderator")).toEqual([]);
  expect(actionsOn(owner, "moderator")).toEqual([]);
  expect(actionsOn(member, "member")).toEqual([]);
});
