import { expect, it } from "vitest";
import { t } from ".";
import { dayName, shortTime } from "./dates";

it("takes the form for the number", () => {
  expect(t("conversations.members", { count: 1 })).toBe("1 member");
  expect(t("conversations.members", { count: 1200 })).toBe("1,200 members");
});

it("names days as people do", () => {
  const now = new Date(2026, 2, 12, 9);
  const on = (day: number, hour = 12) => new Date(2026, 2, day, hour).toISOString();
  expect(dayName(on(12, 8), now)).toBe("Today");
  expect(dayName(on(11, 23), now)).toBe("Yesterday");
  expect(dayName(on(9), now)).toBe("Monday");
  expect(shortTime(on(12, 8), now)).toBe("08:00");
  expect(shortTime(on(1), now)).toBe("Mar 1");
});
