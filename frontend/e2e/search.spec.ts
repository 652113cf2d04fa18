import { expect, test, type Person } from "./person";

const search = (person: Person) => person.page.getByRole("searchbox", { name: "Search chats and messages" });
const found = (person: Person) => person.page.getByRole("list", { name: "Messages", exact: true });
const toNewest = (person: Person) => person.page.getByRole("button", { name: "Jump to the newest messages" });

/** Writes messages by REST, faster than by hand. */
async function fill(person: Person, texts: readonly string[]): Promise<string> {
  const id = new URL(person.page.url()).pathname.split("/").at(-1) ?? "";
  for (const content of texts) {
    const answer = await person.context.request.post(`/chat/conversations/${id}/messages`, { data: { content } });
    expect(answer.ok()).toBe(true);
  }
  return id;
}

test("what was written is found, opened at its place, and left for the newest again", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.find(bob);
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => `no ${from + index}`);
  await fill(ada, [...numbers(1, 60), "Đặng's <b>café</b> at noon", ...numbers(62, 230), "the café is closed"]);
  await ada.group("Readers", bob, cleo);
  await cleo.open("Readers");
  await cleo.write("a book in the cafeteria");
  await expect(cleo.stored).toBeVisible();
  // What was written before her eyes is held; what comes with a start is the newest of it.
  await ada.arrive();

  // By words of all conversations, the newest first; what matches is marked, and markup stays text.
  await expect(async () => {
    await search(ada).fill("");
    await search(ada).fill("CAFE");
    await expect(found(ada).getByRole("listitem")).toHaveCount(3, { timeout: 3_000 });
  }).toPass();
  await expect(found(ada).getByRole("link").nth(0)).toContainText(`${cleo.name}: a book in the cafeteria`);
  await expect(found(ada).locator("mark")).toHaveText(["cafe", "café", "café"]);
  await search(ada).fill("cafe dang");
  await expect(found(ada).getByRole("link")).toHaveText([/You: Đặng's <b>café<\/b> at noon/]);

  // By keyboard, to where it was written.
  await search(ada).press("Control+a");
  await search(ada).pressSequentially("noon");
  await expect(found(ada).locator("mark")).toHaveText(["noon"]);
  await ada.page.keyboard.press("ArrowDown");
  await expect(found(ada).getByRole("link")).toBeFocused();
  await ada.page.keyboard.press("ArrowUp");
  await expect(search(ada)).toBeFocused();
  await ada.page.keyboard.press("Enter");
  const hit = ada.message("Đặng's <b>café</b> at noon");
  await expect(hit).toBeInViewport({ ratio: 1 });
  await expect(ada.message("no 230")).toHaveCount(0);
  await expect(toNewest(ada)).toBeVisible();

  // What comes meanwhile moves nothing; what lies between is fetched on the way down, without a jump.
  const top = async (text: string) => (await ada.message(text).boundingBox())?.y ?? Number.NaN;
  const before = await top("no 62");
  await bob.open(ada.name);
  await bob.write("meanwhile");
  await expect(toNewest(ada)).toContainText("1 new message");
  expect(Math.abs((await top("no 62")) - before)).toBeLessThan(3);
  const page = ada.page.waitForResponse((response) => response.url().includes("after="));
  await ada.log.evaluate((log) => log.scrollTo(0, log.scrollHeight));
  await page;
  await expect(ada.message("no 111")).toBeAttached();
  await ada.log.evaluate(async (log) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    while (!log.textContent.includes("meanwhile")) {
      log.scrollBy(0, log.clientHeight / 2);
      await frame();
    }
  });
  await toNewest(ada).click();
  await expect(ada.message("meanwhile")).toBeInViewport();
  await expect(toNewest(ada)).toBeHidden();
  expect(await ada.messages.count()).toBeGreaterThan(5);

  // Escape: first the text, then the conversation.
  await search(ada).focus();
  await ada.page.keyboard.press("Escape");
  await expect(search(ada)).toHaveValue("");
  await expect(found(ada)).toHaveCount(0);
  await search(ada).fill("nothinglikeit");
  await expect(ada.page.getByText("Nothing found for “nothinglikeit”")).toBeVisible();
  await search(ada).fill("");

  // In the open conversation, beside it; nothing of others is found.
  await ada.page.keyboard.press("Control+Shift+F");
  const panel = ada.page.getByRole("complementary", { name: "Search in this conversation" });
  const words = panel.getByRole("searchbox", { name: "Words to look for" });
  await expect(words).toBeFocused();
  await ada.page.keyboard.type("no");
  await expect(panel.getByRole("listitem")).toHaveCount(20);
  await panel.getByRole("listitem").last().scrollIntoViewIfNeeded();
  await expect(panel.getByRole("listitem").nth(30)).toBeAttached();
  await words.fill("caf");
  await expect(panel.getByRole("listitem")).toHaveCount(2);
  await ada.page.keyboard.press("ArrowDown");
  await ada.page.keyboard.press("ArrowDown");
  await ada.page.keyboard.press("Enter");
  await expect(hit).toBeInViewport({ ratio: 1 });
  await panel.getByRole("link", { name: /closed/ }).click();
  await expect(ada.message("the café is closed")).toBeInViewport({ ratio: 1 });
  await expect(panel).toBeVisible();

  // What is deleted is found no more; what cannot be asked for says so.
  await ada.choose("the café is closed", "Delete");
  await ada.dialog("Delete this message?").getByRole("button", { name: "Delete" }).click();
  await expect(panel.getByRole("listitem")).toHaveCount(1);
  await ada.context.route(/\/chat\/search/, (route) => route.abort());
  await words.fill("book");
  await expect(panel.getByText("Messages could not be searched.")).toBeVisible();
  await ada.context.unroute(/\/chat\/search/);
  await panel.getByRole("button", { name: "Try again" }).click();
  await expect(panel.getByText("Nothing found for “book”")).toBeVisible();
  await words.press("Escape");
  await expect(words).toHaveValue("");
  await words.press("Escape");
  await expect(panel).toBeHidden();
  await expect(ada.log).toBeVisible();

  // An address leads to the message as well.
  const { pathname } = new URL(ada.page.url());
  await ada.page.goto(`${pathname}?at=61`);
  await expect(hit).toBeInViewport({ ratio: 1 });
  await expect(ada.message("meanwhile")).toHaveCount(0);
  await ada.write("back again");
  await expect(ada.message("back again")).toBeInViewport();
});
