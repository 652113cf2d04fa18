import { expect, test } from "./person";

test("two people find each other, write, and receive live", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("Hello Bob");
  await expect(ada.message("Hello Bob")).toBeVisible();
  await expect(ada.stored).toBeVisible();

  const entry = bob.list.getByRole("link", { name: ada.name });
  await expect(entry).toContainText("Hello Bob");
  await expect(entry).toContainText("1 unread message");
  await expect(bob.page).toHaveTitle(/^\(1\) .*Warren$/);
  await ada.write("Are you there?");
  await expect(entry).toContainText("2 unread messages");

  await bob.open(ada.name);
  await expect(bob.messages).toHaveCount(2);
  await expect(bob.page).toHaveTitle(/^(?!\().*Warren$/);
  await expect(entry).not.toContainText("unread");
  await expect(ada.log.getByRole("img", { name: "Read" })).toBeVisible();

  await bob.write("Yes, hello!");
  await expect(ada.message("Yes, hello!")).toBeVisible();
  await expect(ada.page).toHaveTitle(/^(?!\().*Warren$/);
});

test("a reload keeps the conversation, what was read and what was not", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("one", "two");
  await expect(bob.page).toHaveTitle(/^\(2\) .*Warren$/);
  await bob.page.reload();
  await expect(bob.page).toHaveTitle(/^\(2\) .*Warren$/);
  await bob.open(ada.name);
  await expect(bob.page).toHaveTitle(/^(?!\().*Warren$/);
  await expect(ada.log.getByRole("img", { name: "Read" })).toBeVisible();

  await bob.page.reload();
  await expect(bob.messages).toHaveCount(2);
  await expect(bob.page).toHaveTitle(/^(?!\().*Warren$/);
  await ada.page.reload();
  await expect(ada.messages).toHaveCount(2);
});

test("every device shows the sender's own message once, and reading counts on all", async ({
  newPerson,
  newDevice,
}) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  const phone = await newDevice(ada);
  await phone.open(bob.name);
  await ada.write("from the desk");
  await expect(phone.message("from the desk")).toBeVisible();
  await phone.write("from the phone");
  await expect(ada.message("from the phone")).toBeVisible();
  for (const device of [ada, phone]) {
    await expect(device.messages).toHaveCount(2);
    await expect(device.log.getByText(/Sending|Waiting/)).toHaveCount(0);
  }

  const tablet = await newDevice(bob);
  await expect(tablet.page).toHaveTitle(/^\(2\) .*Warren$/);
  await bob.open(ada.name);
  await expect(tablet.page).toHaveTitle(/^(?!\().*Warren$/);
});

test("a group is made and all its people take part", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.page.getByRole("button", { name: "New chat" }).click();
  await ada.page.getByRole("button", { name: "Make a group" }).click();
  await ada.page.getByRole("button", { name: "Create group" }).click();
  await expect(ada.page.getByText("Give the group a name.")).toBeVisible();
  await ada.page.getByLabel("Group name").fill("Readers");
  for (const person of [bob, cleo]) {
    await ada.page.getByRole("searchbox", { name: "Find people" }).fill(person.username);
    await ada.page.getByRole("button", { name: person.name, pressed: false }).click();
  }
  await ada.page.getByRole("button", { name: "Create group" }).click();
  await expect(ada.page.getByText("3 members")).toBeVisible();

  await ada.write("Welcome, readers");
  await Promise.all([bob.open("Readers"), cleo.open("Readers")]);
  await bob.write("Thanks");
  for (const person of [ada, bob, cleo]) {
    await expect(person.message("Welcome, readers")).toBeVisible();
    await expect(person.message("Thanks")).toBeVisible();
  }
  await expect(cleo.log.getByText(bob.name).first()).toBeVisible();
});

test("a line break stays, and text is shown as text", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.page.keyboard.type("<b>first</b>");
  await ada.page.keyboard.press("Shift+Enter");
  await ada.page.keyboard.type("second");
  await ada.page.keyboard.press("Enter");
  await bob.open(ada.name);
  await expect(bob.messages).toHaveCount(1);
  expect(await bob.messages.innerText()).toContain("<b>first</b>\nsecond");
});

test("a conversation that is not one's own is not shown", async ({ newPerson }) => {
  const [ada, bob, eve] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Eve")]);
  await ada.find(bob);
  await ada.write("secret");
  await expect(ada.messages).toHaveCount(1);
  await eve.page.goto(new URL(ada.page.url()).pathname);
  await expect(eve.page.getByText("This conversation does not exist, or you are not part of it.")).toBeVisible();
});
