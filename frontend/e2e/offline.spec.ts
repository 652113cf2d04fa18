import { expect, test } from "./person";

test.use({ serviceWorkers: "allow" });

test("a cut connection misses nothing and doubles nothing", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("before");
  await bob.open(ada.name);
  await expect(bob.message("before")).toBeVisible();

  await bob.context.setOffline(true);
  await expect(bob.banner).toContainText("You are offline.");
  await bob.write("offline 1", "offline 2", "offline 3");
  await expect(bob.log.getByText("Waiting for the connection")).toHaveCount(3);
  await ada.write("missed 1", "missed 2", "missed 3");
  await expect(ada.messages).toHaveCount(4);
  await expect(bob.message("missed 1")).toHaveCount(0);

  await bob.context.setOffline(false);
  await expect(bob.messages).toHaveCount(7);
  await expect(ada.messages).toHaveCount(7);
  await expect(bob.banner).toBeHidden();
  await expect(bob.log.getByText("Waiting for the connection")).toHaveCount(0);

  const expected = ["before", "missed 1", "missed 2", "missed 3", "offline 1", "offline 2", "offline 3"];
  for (const person of [ada, bob]) {
    for (const [index, text] of expected.entries()) await expect(person.messages.nth(index)).toContainText(text);
  }
  await ada.write("after");
  await expect(bob.message("after")).toBeVisible();
  await expect(bob.messages).toHaveCount(8);
});

test("what was read during an absence is seen as read on return", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("are you there?");
  await expect(bob.list.getByRole("link", { name: ada.name })).toContainText("are you there?");
  await ada.context.setOffline(true);
  await expect(ada.banner).toContainText("You are offline.");
  await bob.open(ada.name);
  await expect(bob.message("are you there?")).toBeVisible();
  await expect(bob.page).toHaveTitle(/^(?!\().*Warren$/);
  await expect(ada.mark("Read")).toHaveCount(0);
  await ada.context.setOffline(false);
  await expect(ada.mark("Read")).toBeVisible();
});

test("unread counts and new conversations arrive after an absence", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.find(bob);
  await ada.write("hello");
  await expect(bob.page).toHaveTitle(/^\(1\) .*Warren$/);

  await bob.context.setOffline(true);
  await expect(bob.banner).toContainText("You are offline.");
  await ada.write("more");
  await cleo.find(bob);
  await cleo.write("nice to meet you");
  await expect(cleo.messages).toHaveCount(1);
  await expect(ada.messages).toHaveCount(2);

  await bob.context.setOffline(false);
  await expect(bob.page).toHaveTitle(/^\(3\) .*Warren$/);
  await expect(bob.list.getByRole("link").first()).toContainText("nice to meet you");
  await expect(bob.list.getByRole("link", { name: ada.name })).toContainText("2 unread messages");
});

test("a long absence starts the conversation anew, with the rest to scroll to", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("the first");
  await bob.open(ada.name);
  await expect(bob.message("the first")).toBeVisible();
  await bob.context.setOffline(true);
  await expect(bob.banner).toContainText("You are offline.");
  const texts = Array.from({ length: 60 }, (_, index) => `number ${index + 1}`);
  await ada.write(...texts);
  await expect(ada.log.getByText(/Sending|Waiting/)).toHaveCount(0);
  await expect(ada.message("number 60")).toBeInViewport();

  await bob.context.setOffline(false);
  await expect(bob.message("number 60")).toBeInViewport();
  await bob.log.evaluate((log) => log.scrollTo(0, 0));
  await expect(bob.page.getByText("This is the beginning of the conversation.")).toBeAttached();
  await bob.log.evaluate((log) => log.scrollTo(0, 0));
  await expect(bob.message("the first")).toBeInViewport();
});
