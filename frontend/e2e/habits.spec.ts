import { expect, test, type Person } from "./person";

const field = (person: Person) => person.page.getByRole("textbox", { name: /^Message to/ });
const opened = (person: Person, name: string) => person.page.getByRole("heading", { name, exact: true });

test("the keyboard leads anywhere", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  const { keyboard } = ada.page;

  // To somebody new, by name.
  await keyboard.press("Control+k");
  const switcher = ada.page.getByRole("dialog", { name: "Go to" });
  await keyboard.insertText(bob.username);
  await expect(switcher.getByRole("combobox")).toHaveValue(bob.username);
  await expect(switcher.getByRole("option", { name: bob.name })).toHaveAttribute("aria-selected", "true");
  await keyboard.press("Enter");
  await expect(opened(ada, bob.name)).toBeVisible();
  await expect(field(ada)).toBeFocused();
  await ada.write("to Bob");
  await ada.find(cleo);
  await ada.write("to Cleo");
  await expect(ada.messages).toHaveCount(1);

  // Through the list, while writing; Cleo was written to last.
  await field(ada).fill("half a sentence");
  await keyboard.press("Alt+ArrowDown");
  await expect(opened(ada, bob.name)).toBeVisible();
  await keyboard.press("Alt+ArrowDown");
  await expect(opened(ada, bob.name)).toBeVisible();
  await keyboard.press("Alt+ArrowUp");
  await expect(opened(ada, cleo.name)).toBeVisible();
  await expect(field(ada)).toHaveValue("half a sentence");

  // To a conversation that exists, with the arrow keys.
  await keyboard.press("Control+k");
  await expect(switcher.getByRole("option")).toHaveCount(2);
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await expect(opened(ada, bob.name)).toBeVisible();

  // Escape closes what is on top, one at a time.
  await keyboard.press("Control+/");
  const sheet = ada.page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(sheet.getByText("Next conversation")).toBeVisible();
  await keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await expect(opened(ada, bob.name)).toBeVisible();
  await field(ada).press("?");
  await expect(field(ada)).toHaveValue("?");
  await keyboard.press("Escape");
  await expect(ada.page.getByText("Pick a conversation")).toBeVisible();
  await keyboard.press("?");
  await expect(sheet).toBeVisible();
});

test("the history is one tab stop, with arrow keys from message to message", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  const texts = Array.from({ length: 40 }, (_, index) => `line ${index + 1} of http://example.org/${index + 1}`);
  await ada.write(...texts);
  await expect(ada.log.getByText(/Sending|Waiting/)).toHaveCount(0);
  await ada.arrive();
  await ada.open(bob.name);
  await expect(field(ada)).toBeFocused();
  const { keyboard } = ada.page;
  const article = (number: number) => ada.log.getByRole("article", { name: `line ${number} of` });

  // The newest message and what is in it; no other.
  await expect(ada.log.locator("[tabindex='0']")).toHaveCount(2);
  await ada.page.getByRole("link", { name: "Details", exact: true }).focus();
  await keyboard.press("Tab");
  await expect(article(40)).toBeFocused();
  await keyboard.press("Tab");
  await expect(ada.log.getByRole("link", { name: "http://example.org/40" })).toBeFocused();
  await keyboard.press("Tab");
  await expect(ada.page.getByRole("button", { name: "Attach files" })).toBeFocused();
  await keyboard.press("Shift+Tab");
  await keyboard.press("Shift+Tab");
  await expect(article(40)).toBeFocused();

  // Up through more than the screen, and down again.
  for (let number = 39; number >= 10; number -= 1) {
    await keyboard.press("ArrowUp");
    await expect(article(number)).toBeFocused();
  }
  await expect(article(10)).toBeInViewport({ ratio: 1 });
  await expect(article(40)).not.toBeInViewport();
  await keyboard.press("ArrowDown");
  await expect(article(11)).toBeFocused();

  // Enter opens the actions, Escape gives the message back; R answers it, Escape leads to the composer.
  await keyboard.press("Enter");
  await expect(ada.page.getByRole("menuitem", { name: "Reply" })).toBeVisible();
  await keyboard.press("Escape");
  await expect(ada.page.getByRole("menu")).toHaveCount(0);
  await expect(article(11)).toBeFocused();
  await keyboard.press("r");
  await expect(ada.page.getByText("Replying to yourself")).toBeVisible();
  await expect(field(ada)).toBeFocused();
  await keyboard.press("Escape");
  await expect(ada.page.getByText("Replying to yourself")).toHaveCount(0);
  await article(11).focus();
  await keyboard.press("Escape");
  await expect(field(ada)).toBeFocused();
  await expect(ada.log).toBeVisible();

  // Scrolled far away from it, the keys go on from what is seen.
  await article(11).focus();
  await keyboard.press("End");
  await expect(article(40)).toBeInViewport();
  await ada.log.evaluate((log) => log.scrollBy({ top: -log.clientHeight, behavior: "instant" }));
  await expect(article(40)).not.toBeInViewport();
  await keyboard.press("ArrowUp");
  await expect(ada.log.locator("[role=article]:focus")).toBeInViewport();
});

test("nothing moves for those who asked for less motion", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada", { reducedMotion: "reduce" }), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("hello");
  await bob.open(ada.name);
  /** What moves, or would if it were to. */
  const moving = () =>
    ada.page.evaluate(() => {
      const running = document.getAnimations().filter(({ effect }) => Number(effect?.getTiming().duration) > 0);
      const styled = [...document.querySelectorAll("*")].filter((element) =>
        [undefined, "::before", "::after"].some((part) => {
          const { animationName, animationDuration, transitionDuration, scrollBehavior } = getComputedStyle(
            element,
            part,
          );
          const isTimed = (list: string) => list.split(",").some((time) => Number.parseFloat(time) > 0);
          return (
            (animationName !== "none" && isTimed(animationDuration)) ||
            isTimed(transitionDuration) ||
            scrollBehavior === "smooth"
          );
        }),
      );
      return [...running.map(({ id }) => id), ...styled.map(({ outerHTML }) => outerHTML.slice(0, 80))];
    });
  await bob.field.pressSequentially("Hm");
  await expect(ada.page.getByText(`${bob.name} is typing`)).toBeVisible();
  expect(await moving()).toEqual([]);
  await ada.message("hello").click({ button: "right" });
  await expect(ada.page.getByRole("menu")).toBeVisible();
  expect(await moving()).toEqual([]);
  await ada.page.keyboard.press("Escape");
  await ada.page.keyboard.press("Control+k");
  await expect(ada.dialog("Go to")).toBeVisible();
  expect(await moving()).toEqual([]);
  await ada.page.keyboard.press("Escape");
  // The banner of a lost connection turns.
  await ada.context.setOffline(true);
  await expect(ada.banner).toBeVisible();
  expect(await moving()).toEqual([]);
  // There is something to turn off.
  await ada.context.setOffline(false);
  await ada.page.emulateMedia({ reducedMotion: "no-preference" });
  expect((await moving()).length).toBeGreaterThan(0);
});

test("what others write is said once, and only what is new", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("before");
  await bob.open(ada.name);
  await expect(bob.message("before")).toBeVisible();
  const announcer = bob.page.getByRole("status").last();
  await expect(announcer).toHaveText("");
  await ada.write("now");
  await expect(announcer).toHaveText(`${ada.name}: now`);
  await expect(bob.log).toHaveAttribute("aria-live", "off");
});

test("appearance and language are chosen, applied at once, and kept", async ({ newPerson }) => {
  const ada = await newPerson("Ada", { colorScheme: "light" });
  const background = () => ada.page.evaluate(() => getComputedStyle(document.body).color);
  const light = await background();
  await ada.page.getByRole("button", { name: "Your account" }).click();
  await ada.page.getByRole("menuitem", { name: "Settings" }).click();
  await ada.page.getByText("Dark", { exact: true }).click();
  expect(await background()).not.toBe(light);
  const other = await ada.context.newPage();
  await other.goto("/settings");
  await expect(other.getByRole("radio", { name: "Dark" })).toBeChecked();

  await ada.page.getByText("Tiếng Việt").click();
  await expect(ada.page.getByRole("heading", { name: "Cài đặt" })).toBeVisible();
  // The other tab follows.
  await expect(other.getByRole("heading", { name: "Cài đặt" })).toBeVisible();
  await ada.page.reload();
  await expect(ada.page.getByRole("heading", { name: "Trò chuyện" })).toBeVisible();
  await expect(ada.page.locator("html")).toHaveAttribute("lang", "vi");
  expect(await background()).not.toBe(light);

  await ada.page.getByText("Theo hệ thống").click();
  expect(await background()).toBe(light);
  await ada.page.getByText("English").click();
  await expect(ada.page.getByRole("heading", { name: "Settings" })).toBeVisible();
});

test("a Vietnamese browser is spoken to in Vietnamese", async ({ browser }) => {
  const page = await (await browser.newContext({ locale: "vi-VN" })).newPage();
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Chào mừng bạn trở lại" })).toBeVisible();
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await page.context().close();
});
