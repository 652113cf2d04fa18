import { expect, test } from "./person";

test("a member is named with the help of a list, told, and found through the name", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.group("Readers", bob, cleo);
  const options = ada.page.getByRole("listbox", { name: "People to mention" }).getByRole("option");
  await ada.field.pressSequentially("ask @");
  await expect(options).toHaveCount(3);
  await expect(options.first()).toContainText("Everybody in the group");
  await ada.page.keyboard.type("bo");
  await expect(options).toHaveCount(1);
  await expect(ada.field).toBeFocused();
  await ada.page.keyboard.press("Enter");
  await expect(ada.field).toHaveValue(`ask @${bob.username} `);
  await ada.page.keyboard.type("or @cle");
  await ada.page.keyboard.press("Tab");
  await ada.page.keyboard.type("tomorrow");
  await ada.page.keyboard.press("Enter");
  await expect(ada.stored).toBeVisible();

  // Escape closes the list, and not the conversation.
  await ada.page.keyboard.type("@");
  await expect(options).toHaveCount(3);
  await ada.page.keyboard.press("Escape");
  await expect(options).toHaveCount(0);
  await expect(ada.field).toHaveValue("@");
  await ada.field.clear();

  await bob.open("Readers");
  const mention = bob.log.getByRole("link", { name: `@${bob.username}` });
  await expect(mention).toBeVisible();
  await bob.log.getByRole("link", { name: `@${cleo.username}` }).click();
  await expect(bob.page.getByRole("main").getByText(`@${cleo.username}`)).toBeVisible();
  await expect(bob.page).toHaveURL(/\/people\/\d+$/);
});

test("everybody is named by who looks after the group, and by nobody else", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.group("Readers", bob);
  await ada.field.pressSequentially("@al");
  await ada.page.getByRole("option", { name: "Everybody in the group" }).click();
  await ada.page.keyboard.type("look");
  await ada.page.keyboard.press("Enter");
  await expect(ada.log.getByText("@all", { exact: true })).toBeVisible();
  // Being put into the group is the other.
  await expect(bob.bell).toHaveAccessibleName("Notifications, 2 unread");

  await bob.open("Readers");
  const offered = bob.page.getByRole("listbox").getByRole("option");
  await bob.field.pressSequentially("@");
  await expect(offered).toHaveText([new RegExp(ada.username)]);
  await bob.page.keyboard.type("all of you");
  await bob.page.keyboard.press("Enter");
  await expect(ada.message("@all of you")).toBeVisible();
});
