import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./person";

/** Nothing that axe calls serious or critical; the rest is listed as well, to be seen when something is. */
async function expectAccessible(page: Page, screen: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
  expect(found, screen).toEqual([]);
}

for (const colorScheme of ["light", "dark"] as const) {
  const options = { colorScheme, reducedMotion: "reduce" as const };

  test(`signed-out pages are accessible, ${colorScheme}`, async ({ browser }) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto("/sign-in");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByText("Please fill this in.").first()).toBeVisible();
    await expectAccessible(page, "sign-in with mistakes");
    await page.goto("/sign-up");
    await expect(page.getByRole("heading", { name: "Create your account" })).toBeVisible();
    await expectAccessible(page, "sign-up");
    await page.goto("/nowhere");
    await expect(page.getByText("There is nothing here.")).toBeVisible();
    await expectAccessible(page, "not found");
    await context.close();
  });

  test(`the chat is accessible, ${colorScheme}`, async ({ newPerson }) => {
    const [ada, bob] = await Promise.all([newPerson("Ada", options), newPerson("Bob")]);
    const { page } = ada;
    await expect(page.getByText("No conversations yet")).toBeVisible();
    await expectAccessible(page, "no conversations");

    await page.getByRole("button", { name: "New chat" }).click();
    await page.getByRole("searchbox", { name: "Find people" }).fill(bob.username);
    await expect(page.getByRole("button", { name: bob.name })).toBeVisible();
    await expectAccessible(page, "new chat");
    await page.getByRole("button", { name: "Make a group" }).click();
    await page.getByRole("button", { name: "Create group" }).click();
    await expect(page.getByText("Give the group a name.")).toBeVisible();
    await expectAccessible(page, "new group with mistakes");
    await page.keyboard.press("Escape");

    await ada.find(bob);
    await ada.write("one", "two");
    await bob.open(ada.name);
    await bob.write("three");
    await expect(ada.message("three")).toBeVisible();
    await ada.list.getByRole("link").hover();
    await expectAccessible(page, "conversation");

    await page.keyboard.press("Control+k");
    await expect(page.getByRole("option")).toHaveCount(1);
    await expectAccessible(page, "switcher");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+/");
    await expect(page.getByText("Next conversation")).toBeVisible();
    await expectAccessible(page, "shortcuts");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await expect(page.getByText("Pick a conversation")).toBeVisible();
    await bob.write("four", "five");
    await expect(ada.list.getByRole("link")).toContainText("2 unread messages");
    await ada.bell.click();
    await expect(page.getByRole("dialog", { name: "Notifications" }).getByRole("listitem")).toHaveCount(1);
    await expectAccessible(page, "notifications and unread messages");
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "Your account" }).click();
    await expect(page.getByRole("menuitem", { name: "Settings" })).toBeVisible();
    await expectAccessible(page, "account menu");
    await page.getByRole("menuitem", { name: "Settings" }).click();
    await expect(page.getByRole("radio", { name: "Light" })).toBeVisible();
    await expectAccessible(page, "settings");

    await ada.open(bob.name);
    await ada.context.setOffline(true);
    await expect(ada.banner).toContainText("You are offline.");
    await ada.write("not yet");
    await expect(ada.log.getByText("Waiting for the connection")).toBeVisible();
    await expectAccessible(page, "offline");
    await page.getByRole("button", { name: "Your account" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page.getByRole("dialog", { name: "Sign out now?" })).toBeVisible();
    await expectAccessible(page, "unsent messages");
  });
}
