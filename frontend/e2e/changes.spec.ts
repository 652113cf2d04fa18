import { expect, test } from "./person";

test.use({ serviceWorkers: "allow" });

test("messages are edited and deleted, and everybody sees it", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("helo");
  await expect(ada.stored).toBeVisible();
  await bob.open(ada.name);
  await expect(bob.message("helo")).toBeVisible();

  // The last own message by the arrow, in place of the composer.
  await ada.write("second");
  await expect(ada.messages).toHaveCount(2);
  await ada.field.press("ArrowUp");
  const editor = ada.page.getByRole("textbox", { name: "New text of the message" });
  await expect(editor).toHaveValue("second");
  await ada.page.keyboard.press("Escape");
  await expect(ada.field).toBeFocused();
  await ada.field.press("ArrowUp");
  await editor.fill("the second");
  await ada.page.keyboard.press("Enter");
  await expect(ada.message("the second")).toBeVisible();
  await expect(bob.message("the second")).toBeVisible();
  await expect(bob.log.getByText("edited")).toBeVisible();
  await expect(bob.list.getByRole("link", { name: ada.name })).toContainText("the second");

  // Any other from its menu.
  await ada.choose("helo", "Edit");
  await expect(editor).toHaveValue("helo");
  await editor.fill("hello");
  await ada.page.getByRole("button", { name: "Save the change" }).click();
  await expect(bob.message("hello")).toBeVisible();

  await ada.choose("the second", "Delete");
  await ada.dialog("Delete this message?").getByRole("button", { name: "Delete" }).click();
  await expect(bob.message("This message was deleted.")).toBeVisible();
  await expect(ada.message("This message was deleted.")).toBeVisible();
  await expect(bob.message("the second")).toHaveCount(0);
  await expect(bob.list.getByRole("link", { name: ada.name })).toContainText("Message deleted");

  // What others wrote is not one's to change.
  await bob.message("hello").click({ button: "right" });
  await expect(bob.page.getByRole("menuitem", { name: "Copy text" })).toBeVisible();
  await expect(bob.page.getByRole("menuitem", { name: "Edit" })).toHaveCount(0);
  await expect(bob.page.getByRole("menuitem", { name: "Delete" })).toHaveCount(0);
});

test("edits and deletions that were missed are told on coming back", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("one", "two", "three");
  await bob.open(ada.name);
  await expect(bob.messages).toHaveCount(3);
  await bob.context.setOffline(true);
  await expect(bob.banner).toContainText("You are offline.");

  await ada.choose("one", "Edit");
  await ada.page.getByRole("textbox", { name: "New text of the message" }).fill("first");
  await ada.page.keyboard.press("Enter");
  await expect(ada.message("first")).toBeVisible();
  await ada.choose("two", "Delete");
  await ada.dialog("Delete this message?").getByRole("button", { name: "Delete" }).click();
  await expect(ada.message("This message was deleted.")).toBeVisible();
  await expect(bob.message("two")).toBeVisible();

  await bob.context.setOffline(false);
  await expect(bob.message("first")).toBeVisible();
  await expect(bob.message("This message was deleted.")).toBeVisible();
  await bob.page.reload();
  await expect(bob.message("first")).toBeVisible();
  await expect(bob.message("This message was deleted.")).toBeVisible();
});

test("an edit without a connection says so and loses nothing", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("before");
  await expect(ada.stored).toBeVisible();
  await ada.context.setOffline(true);
  await expect(ada.banner).toContainText("You are offline.");
  await ada.field.press("ArrowUp");
  const editor = ada.page.getByRole("textbox", { name: "New text of the message" });
  await editor.fill("after");
  await ada.page.keyboard.press("Enter");
  await expect(ada.page.getByRole("alert")).toContainText("The server cannot be reached.");
  await expect(ada.message("before")).toBeVisible();
  await ada.context.setOffline(false);
  await expect(ada.banner).toBeHidden();
  await editor.press("Enter");
  await expect(ada.message("after")).toBeVisible();
});

test("marks tell how far a message has come", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await bob.context.setOffline(true);
  await expect(bob.banner).toContainText("You are offline.");
  await ada.write("are you there?");
  await expect(ada.mark("Sent")).toBeVisible();
  await bob.context.setOffline(false);
  await expect(ada.mark("Delivered")).toBeVisible();
  await bob.open(ada.name);
  await expect(ada.mark("Read")).toBeVisible();
});

test("a group tells who has seen a message", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.group("Readers", bob, cleo);
  await ada.write("read this");
  await bob.open("Readers");
  await ada.log.getByRole("button", { name: "Seen by 1" }).click();
  const info = ada.dialog("Message details");
  await expect(info.getByRole("listitem").filter({ hasText: bob.name })).toBeVisible();
  await expect(info).toContainText("Read by 1");
  await cleo.open("Readers");
  await expect(info).toContainText("Read by 2");
  await ada.page.keyboard.press("Escape");
  await expect(ada.mark("Read")).toBeVisible();
});

test("what was unread is marked, and can be jumped to", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("known");
  await bob.open(ada.name);
  await expect(ada.mark("Read")).toBeVisible();
  await bob.field.press("Escape");
  await expect(bob.page.getByText("Pick a conversation")).toBeVisible();

  const path = new URL(ada.page.url()).pathname.replace("/c/", "/chat/conversations/");
  const send = async (content: string) => {
    const sent = await ada.context.request.post(`${path}/messages`, { data: { content } });
    expect(sent.ok()).toBe(true);
  };
  await send("missed first");
  for (let round = 0; round < 6; round += 1) {
    await Promise.all(Array.from({ length: 20 }, (_, number) => send(`missed ${round}.${number}`)));
  }
  await send("missed last");
  await expect(bob.list.getByRole("link", { name: ada.name })).toContainText("122 unread messages");
  await bob.open(ada.name);
  await expect(bob.message("missed last")).toBeInViewport();
  await bob.page.getByRole("button", { name: "Jump to the first unread" }).click();
  await expect(bob.message("missed first")).toBeInViewport();
  await expect(bob.log.getByText("New messages", { exact: true })).toBeInViewport();
});
