import { expect, test } from "./person";

test("the bell counts, lists, leads to the conversation and is read", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.find(bob);
  await ada.write("one", "two");
  await cleo.find(bob);
  await cleo.write("three");
  await expect(bob.bell).toHaveAccessibleName("Notifications, 2 unread");

  await bob.bell.click();
  const panel = bob.page.getByRole("dialog", { name: "Notifications" });
  await expect(panel.getByRole("listitem")).toHaveCount(2);
  await expect(panel.getByRole("listitem").first()).toContainText("three");
  await panel.getByRole("button", { name: "two" }).click();
  await expect(bob.message("two")).toBeVisible();
  await expect(bob.bell).toHaveAccessibleName("Notifications, 1 unread");

  await bob.bell.click();
  await panel.getByRole("button", { name: "Mark all read" }).click();
  await expect(bob.bell).toHaveAccessibleName("Notifications");
  await bob.page.reload();
  await expect(bob.page.getByRole("heading", { name: "Chats" })).toBeVisible();
  await expect(bob.bell).toHaveAccessibleName("Notifications");
});

test("the page of notifications lists them all, and leads to what they tell of", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("read me");
  await expect(bob.bell).toHaveAccessibleName("Notifications, 1 unread");
  await bob.bell.click();
  await bob.page.getByRole("link", { name: "See all" }).click();
  await expect(bob.dialog("Notifications")).toBeHidden();
  const page = bob.page.getByRole("region", { name: "Notifications" });
  await expect(page.getByRole("listitem")).toHaveCount(1);
  await ada.write("me too");
  await expect(page.getByRole("listitem").first()).toContainText("me too");
  await page.getByRole("button", { name: "Mark all read" }).click();
  await expect(bob.bell).toHaveAccessibleName("Notifications");
  await page.getByRole("listitem").first().getByRole("button").first().click();
  await expect(bob.message("me too")).toBeVisible();
});

test("a notification is marked unread and deleted, on all devices", async ({ newPerson, newDevice }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("remember me");
  await expect(bob.bell).toHaveAccessibleName("Notifications, 1 unread");
  const second = await newDevice(bob);
  await bob.bell.click();
  const panel = bob.dialog("Notifications");
  const entry = panel.getByRole("listitem");
  // Who wrote, and not that somebody did.
  await expect(entry).toContainText(ada.name);
  const act = async (action: string) => {
    await entry.getByRole("button", { name: /^Actions for/ }).click();
    await bob.page.getByRole("menuitem", { name: action }).click();
  };
  await entry.getByRole("button", { name: "Mark read" }).click();
  await expect(bob.bell).toHaveAccessibleName("Notifications");
  await expect(second.bell).toHaveAccessibleName("Notifications");
  await act("Mark unread");
  await expect(bob.bell).toHaveAccessibleName("Notifications, 1 unread");
  await expect(second.bell).toHaveAccessibleName("Notifications, 1 unread");
  await act("Delete");
  await expect(panel.getByText("You are all caught up.")).toBeVisible();
  await expect(second.bell).toHaveAccessibleName("Notifications");
});

test("the tab's icon tells how much is unread", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  const icon = async () => decodeURIComponent((await bob.page.locator('link[rel="icon"]').getAttribute("href")) ?? "");
  await ada.find(bob);
  await ada.write("one", "two");
  await expect(bob.page).toHaveTitle(/^\(2\) .*Warren$/);
  await expect.poll(icon).toContain(">2</text>");
  await bob.open(ada.name);
  await expect.poll(icon).not.toContain("</text>");
});

test("what is said on the screen is no news, and is once the page is out of sight", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.find(bob);
  await ada.write("hello");
  await expect(bob.bell).toHaveAccessibleName("Notifications, 1 unread");
  await bob.open(ada.name);
  await expect(bob.bell).toHaveAccessibleName("Notifications");
  await bob.bell.click();
  const entries = bob.dialog("Notifications").getByRole("listitem");
  await expect(entries).toHaveText([/hello/]);
  await ada.write("do you see me?");
  await expect(bob.message("do you see me?")).toBeVisible();
  // What comes after it would come after its notification.
  await cleo.find(bob);
  await cleo.write("and me?");
  await expect(entries).toHaveText([/and me\?/, /hello/]);

  await bob.look("hidden");
  await ada.write("are you there?");
  await expect(bob.bell).toHaveAccessibleName("Notifications, 2 unread");
  await bob.look("visible");
  await expect(bob.bell).toHaveAccessibleName("Notifications, 1 unread");
});
