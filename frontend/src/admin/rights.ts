import type { Role } from "@/api/types";

/** Whether somebody changes what others may do. */
export function isAdmin(roles: readonly string[]): boolean {
  return roles.includes("admin" satisfies Role);
}

/** Whether somebody looks after what others do: sees all accounts, and suspends those who have no such role. */
export function moderates(roles: readonly string[]): boolean {
  return isAdmin(roles) || roles.includes("moderator" satisfies Role);
}
