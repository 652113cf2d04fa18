import { expect, test } from "./person";

const phone = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };

test("on a phone the list and the conversation are separate views", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada", phone), newPerson("Bob")]);
  await ada.find(bob);
  await expect(ada.list).toBeHidden();
  await ada.write("a-very-long-word-".repeat(20));
  await expect(ada.messages).toHaveCount(1);
  const overflow = await ada.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);

  await ada.page.getByRole("link", { name: "Back to chats" }).click();
  await expect(ada.list).toBeVisible();
  await expect(ada.log).toBeHidden();
  await bob.open(ada.name);
  await bob.write("hello phone");
  await expect(ada.list.getByRole("link", { name: bob.name })).toContainText("1 unread message");
  await ada.open(bob.name);
  await expect(ada.message("hello phone")).toBeVisible();
});

test("going back leads from a conversation to the list, whichever way it was opened", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada", phone), newPerson("Bob"), newPerson("Cleo")]);
  await ada.find(bob);
  await ada.write("carrots");
  await expect(ada.stored).toBeVisible();
  const { pathname } = new URL(ada.page.url());
  const expectList = async () => {
    await expect(ada.page.getByRole("heading", { name: "Chats" })).toBeVisible();
    await expect(ada.log).toBeHidden();
    expect(new URL(ada.page.url()).pathname).toBe("/");
  };
  /** By the device's own button, and by the one of the page. */
  const expectBack = async (open: () => Promise<void>) => {
    for (const goBack of [
      () => ada.page.goBack(),
      () => ada.page.getByRole("link", { name: "Back to chats" }).click(),
    ]) {
      await open();
      await expect(ada.log).toBeVisible();
      await goBack();
      await expectList();
    }
  };

  // A new chat, made from the list.
  await ada.page.goBack();
  await expectList();
  await expectBack(() => ada.open(bob.name));

  // A link, or a notification that opens the app; a reload changes nothing.
  await expectBack(async () => {
    await ada.page.goto("about:blank");
    await ada.page.goto(pathname);
  });
  await ada.page.goto("about:blank");
  await ada.page.goto(pathname);
  await expect(ada.log).toBeVisible();
  await ada.page.reload();
  await expect(ada.log).toBeVisible();
  await ada.page.goBack();
  await expectList();

  // What was found.
  const search = ada.page.getByRole("searchbox", { name: "Search chats and messages" });
  await expect(async () => {
    await search.fill("");
    await search.fill("carrots");
    await expect(ada.page.getByRole("list", { name: "Messages", exact: true }).getByRole("link")).toHaveCount(1, {
      timeout: 3_000,
    });
  }).toPass();
  await expectBack(() => ada.page.getByRole("list", { name: "Messages", exact: true }).getByRole("link").click());
  await search.fill("");

  // A notification in the app.
  await bob.open(ada.name);
  await bob.write("turnips");
  await expect(ada.bell).toHaveAccessibleName(/unread/);
  await expectBack(async () => {
    await ada.bell.click();
    await ada
      .dialog("Notifications")
      .getByRole("listitem")
      .getByRole("button", { name: new RegExp(bob.name) })
      .first()
      .click();
  });

  // From one conversation to another by name: the list is still one step back.
  await ada.find(cleo);
  await ada.write("parsnips");
  await expect(ada.stored).toBeVisible();
  await expectBack(async () => {
    if (await ada.list.isVisible()) await ada.open(cleo.name);
    await ada.page.keyboard.press("Control+k");
    await ada.page.getByRole("combobox").fill(bob.name);
    await expect(ada.page.getByRole("option")).toHaveCount(1);
    await ada.page.keyboard.press("Enter");
    await expect(ada.page.getByRole("heading", { name: bob.name })).toBeVisible();
  });
});

test("everything can be reached by keyboard", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.page.getByRole("button", { name: "New chat" }).focus();
  await ada.page.keyboard.press("Enter");
  await expect(ada.page.getByRole("searchbox", { name: "Find people" })).toBeFocused();
  // At once, so that the list does not change any more when it is there.
  await ada.page.keyboard.insertText(bob.username);
  await expect(ada.page.getByRole("button", { name: bob.name })).toBeVisible();
  await ada.page.keyboard.press("Tab");
  await expect(ada.page.getByRole("button", { name: bob.name })).toBeFocused();
  await ada.page.keyboard.press("Enter");
  await expect(ada.page.getByRole("textbox", { name: `Message to ${bob.name}` })).toBeFocused();
  await ada.page.keyboard.type("no mouse");
  await ada.page.keyboard.press("Enter");
  await expect(ada.messages).toHaveCount(1);

  await ada.page.getByRole("button", { name: "New chat" }).press("Enter");
  await ada.page.keyboard.press("Escape");
  await expect(ada.page.getByRole("dialog")).toHaveCount(0);
  await expect(ada.page.getByRole("button", { name: "New chat" })).toBeFocused();
});

for (const locale of ["en-US", "vi-VN"]) {
  test(`no page is wider than the smallest phone, ${locale}`, async ({ newPerson }) => {
    const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
    await ada.group("A group with quite a long name for such a phone", bob);
    await ada.write("a-very-long-word-".repeat(20));
    await expect(ada.stored).toBeVisible();
    const group = new URL(ada.page.url()).pathname;
    // The same browser on a smaller screen.
    const { page } = ada;
    await page.setViewportSize({ width: 320, height: 640 });
    await page.evaluate(
      (language) => {
        localStorage.setItem("warren.settings", JSON.stringify({ state: { theme: "system", language }, version: 0 }));
      },
      locale.slice(0, 2),
    );
    const settings = ["", "/profile", "/password", "/devices", "/blocked"].map((path) => `/settings${path}`);
    for (const path of [
      "/",
      group,
      `${group}/details`,
      "/people",
      "/inbox",
      "/admin",
      "/admin/broadcast",
      ...settings,
    ]) {
      await page.goto(path);
      await expect(page.locator("html")).toHaveAttribute("lang", locale.slice(0, 2));
      await expect(path === "/" ? page.locator("nav a").first() : page.getByRole("main")).toBeVisible();
      // Whatever is still loading says so.
      await expect(page.getByRole("status").filter({ has: page.locator("svg") })).toHaveCount(0);
      const wide = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll("main *")]
          .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
          .filter((element) => getComputedStyle(element).overflowX === "visible")
          .filter((element) => element.getBoundingClientRect().left + element.scrollWidth > window.innerWidth)
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      expect(wide, path).toEqual([]);
    }
  });
}
