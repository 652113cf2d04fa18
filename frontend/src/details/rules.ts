import type { Member, MemberRole } from "@/api/types";

/** What a member may do with another. */
export type MemberAction = "promote" | "demote" | "transfer" | "remove";

/** What the user, who holds `own` in the group, may do with a member that is not they. */
export function actionsOn(member: Pick<Member, "role">, own: MemberRole): MemberAction[] {
  if (member.role === "owner" || own === "member") return [];
  if (own === "moderator") return member.role === "member" ? ["remove"] : [];
  return [member.role === "member" ? "promote" : "demote", "transfer", "remove"];
}
