import type { BrowserContext, WebSocketRoute } from "@playwright/test";
import { expect, test, type Person } from "./person";

test.use({ serviceWorkers: "allow" });

/** Cuts a person's connections, while pages can still be loaded. */
class Line {
  readonly #open = new Set<WebSocketRoute>();
  #isCut = false;

  private constructor(private readonly context: BrowserContext) {}

  static async of(person: Person): Promise<Line> {
    const line = new Line(person.context);
    await person.context.routeWebSocket(/socket\.io/, (socket) => {
      if (line.#isCut) {
        void socket.close();
        return;
      }
      socket.connectToServer();
      line.#open.add(socket);
    });
    await person.page.reload();
    await expect(person.page.getByRole("heading", { name: "Chats" })).toBeVisible();
    return line;
  }

  async cut(): Promise<void> {
    this.#isCut = true;
    await Promise.all([...this.#open].map((socket) => socket.close()));
    this.#open.clear();
    for (const page of this.context.pages()) await expect(page.getByRole("note")).toBeVisible();
  }

  async mend(): Promise<void> {
    this.#isCut = false;
    // As the browser says it, so that the tabs need not wait for their next attempt.
    const pages = this.context.pages();
    await Promise.all(pages.map((page) => page.evaluate(() => window.dispatchEvent(new Event("online")))));
  }
}

const waiting = (person: Person) => person.log.getByText("Waiting for the connection");

async function expectOrder(person: Person, texts: string[]): Promise<void> {
  await expect(person.messages).toHaveCount(texts.length);
  for (const [index, text] of texts.entries()) await expect(person.messages.nth(index)).toContainText(text);
}

test("what waits to be sent survives a reload, and goes out once and in order", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await bob.open(ada.name);
  const line = await Line.of(ada);
  await line.cut();
  await ada.write("one", "two");
  await ada.page.reload();
  await expect(waiting(ada)).toHaveCount(2);
  await ada.write("three");
  // At once: what is on the screen is already kept.
  await ada.page.reload();
  await expect(waiting(ada)).toHaveCount(3);

  await line.mend();
  for (const person of [ada, bob]) await expectOrder(person, ["one", "two", "three"]);
  await expect(waiting(ada)).toHaveCount(0);
  await ada.page.reload();
  await expectOrder(ada, ["one", "two", "three"]);
});

test("the tabs of one person share what waits, and send it once and in order", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await bob.open(ada.name);
  const line = await Line.of(ada);
  const second = ada.inTab(await ada.context.newPage());
  await second.page.goto(new URL(ada.page.url()).pathname);
  await expect(second.log).toBeVisible();
  await line.cut();

  const texts = Array.from({ length: 6 }, (_, index) => `number ${index + 1}`);
  for (const [index, text] of texts.entries()) await (index % 2 === 0 ? ada : second).write(text);
  for (const tab of [ada, second]) await expect(waiting(tab)).toHaveCount(6);

  await line.mend();
  for (const person of [ada, second, bob]) await expectOrder(person, texts);
  for (const tab of [ada, second]) await expect(waiting(tab)).toHaveCount(0);
});

test("what a closed tab left is sent by another one", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await bob.open(ada.name);
  const line = await Line.of(ada);
  const second = ada.inTab(await ada.context.newPage());
  await second.page.goto("/");
  await line.cut();
  await ada.write("left behind");
  await ada.page.close();
  await line.mend();
  await expect(bob.message("left behind")).toBeVisible();
});

test("drafts survive a reload; signing out takes drafts and unsent messages with it", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  const field = ada.page.getByRole("textbox", { name: `Message to ${bob.name}` });
  await field.fill("not yet");
  await ada.page.reload();
  await expect(field).toHaveValue("not yet");

  const line = await Line.of(ada);
  await line.cut();
  await ada.write("never sent");
  await field.fill("a draft");
  const { pathname } = new URL(ada.page.url());
  await ada.page.getByRole("button", { name: "Your account" }).click();
  await ada.page.getByRole("menuitem", { name: "Sign out" }).click();
  const warning = ada.page.getByRole("dialog", { name: "Sign out now?" });
  await expect(warning).toContainText("1 message has not been sent yet.");
  await warning.getByRole("button", { name: "Sign out and discard" }).click();
  await expect(ada.page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await expect.poll(() => ada.page.evaluate(() => indexedDB.databases())).toEqual([]);
  expect(await ada.page.evaluate(() => Object.keys(localStorage))).toEqual([]);

  await line.mend();
  await ada.signIn();
  await ada.page.goto(pathname);
  await expect(field).toHaveValue("");
  await expect(ada.page.getByText("Nothing here yet.")).toBeVisible();
});
