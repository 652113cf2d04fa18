import type { Message } from "@/api/types";
import { t, type MessageKey } from "@/locales";

/** The most people named in a line. */
const MAX_NAMES = 3;

/** What a message of the system tells, in the reader's language. `who` tells what people are called. */
export function systemText({ system, content }: Message, meId: number, who: (userId: number) => string): string {
  if (system === undefined) return content;
  const { kind, actorId, subjectIds = [], name, avatarUrl, role, newOwnerId } = system;
  const isMine = actorId === meId;
  const actor = who(actorId);
  const people = namesOf(subjectIds, meId, who);
  const say = (key: string, params: Record<string, string> = {}): string =>
    t(`system.${key}${isMine ? ".mine" : ""}` as MessageKey, { actor, people, ...params });
  switch (kind) {
    case "updated":
      if (name !== undefined) return say("renamed", { name });
      return say(avatarUrl === "" ? "pictureRemoved" : "pictureChanged");
    case "membersAdded":
      return say("added");
    case "memberRemoved":
      return say("removed");
    case "memberLeft": {
      if (newOwnerId === undefined) return say("left");
      const owner = newOwnerId === meId ? t("system.newOwner.me") : t("system.newOwner", { name: who(newOwnerId) });
      return `${say("left")} ${owner}`;
    }
    case "roleChanged":
      return say(role === "owner" ? "madeOwner" : role === "moderator" ? "promoted" : "demoted");
  }
}

function namesOf(userIds: readonly number[], meId: number, who: (userId: number) => string): string {
  const names = userIds.map((userId) => (userId === meId ? t("system.you") : who(userId)));
  const rest = names.length - MAX_NAMES;
  if (rest > 0) return t("system.andMore", { names: names.slice(0, MAX_NAMES).join(", "), count: rest });
  return names.join(", ");
}

/** The people that a message names, besides its sender. */
export function namedIn({ senderId, deletedBy, system }: Message): number[] {
  const { actorId, subjectIds = [], newOwnerId } = system ?? {};
  return [senderId, deletedBy, actorId, newOwnerId, ...subjectIds.slice(0, MAX_NAMES)].filter(
    (userId) => typeof userId === "number",
  );
}
