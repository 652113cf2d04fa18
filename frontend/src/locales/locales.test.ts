import { afterEach, expect, it } from "vitest";
import { preferredLanguage, switchLanguage, t, type MessageKey } from ".";
import { dayName, shortTime } from "./dates";
import { en, type Text } from "./en";
import { vi } from "./vi";

afterEach(async () => switchLanguage("en"));

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

it("speaks Vietnamese: texts, numbers and dates", async () => {
  await switchLanguage("vi");
  expect(document.documentElement.lang).toBe("vi");
  expect(t("conversations.members", { count: 1 })).toBe("1 thành viên");
  expect(t("conversations.members", { count: 1200 })).toBe("1.200 thành viên");
  const now = new Date(2026, 2, 12, 9);
  expect(dayName(new Date(2026, 2, 11).toISOString(), now)).toBe("Hôm qua");
  expect(dayName(new Date(2026, 2, 9).toISOString(), now)).toBe("Thứ Hai");
});

it("starts in the first language of the reader's that it speaks", () => {
  expect(preferredLanguage(["fr-FR", "vi-VN", "en"])).toBe("vi");
  expect(preferredLanguage(["en-GB", "vi"])).toBe("en");
  expect(preferredLanguage(["fr"])).toBe("en");
});

it("uses the same parameters in every language", () => {
  const parameters = (text: Text) => {
    const forms = typeof text === "string" ? [text] : [text.other];
    return forms.flatMap((form) => form.match(/\{\w+\}/g) ?? []).sort();
  };
  for (const key of Object.keys(en) as MessageKey[])
    expect([key, parameters(vi[key])]).toEqual([key, parameters(en[key])]);
});
