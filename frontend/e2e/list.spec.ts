import { expect, test } from "./person";

test("conversations are pinned, muted and archived, on all devices", async ({ newPerson, newDevice }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await bob.find(ada);
  await bob.write("from Bob");
  await expect(bob.stored).toBeVisible();
  await cleo.find(ada);
  await cleo.write("from Cleo");
  const links = ada.list.getByRole("link");
  await expect(links.first()).toContainText("from Cleo");
  const second = await newDevice(ada);

  await ada.open(bob.name);
  await ada.openDetails();
  await ada.details.getByRole("button", { name: "Pin to the top" }).click();
  await expect(links.first()).toContainText(bob.name);
  await expect(second.list.getByRole("link").first()).toContainText(bob.name);
  await expect(second.list.getByRole("link").first().getByRole("img", { name: "Pinned" })).toBeVisible();

  await ada.details.getByRole("button", { name: "Mute" }).click();
  await ada.page.getByRole("menuitem", { name: "For 8 hours" }).click();
  await expect(ada.details.getByText("Muted until")).toBeVisible();
  await expect(second.list.getByRole("link").first().getByRole("img", { name: "Muted" })).toBeVisible();
  await ada.details.getByRole("button", { name: "Unmute" }).click();
  await expect(ada.details.getByRole("button", { name: "Mute", exact: true })).toBeVisible();
  await ada.details.getByRole("button", { name: "Mute" }).click();
  await ada.page.getByRole("menuitem", { name: "Until I turn it back on" }).click();
  await expect(ada.details.getByRole("button", { name: "Unmute" })).toBeVisible();

  await ada.details.getByRole("button", { name: "Archive" }).click();
  await expect(links).toHaveCount(1);
  await expect(second.list.getByRole("link")).toHaveCount(1);
  await second.show("Archived");
  await expect(second.list.getByRole("link", { name: bob.name })).toBeVisible();
  // Muted, it stays there; no longer muted, it comes back with the next message.
  await bob.write("are you there?");
  await expect(second.list.getByRole("link", { name: bob.name })).toContainText("are you there?");
  await ada.details.getByRole("button", { name: "Unmute" }).click();
  await expect(ada.details.getByRole("button", { name: "Mute", exact: true })).toBeVisible();
  await bob.write("hello?");
  await second.show("All");
  await expect(second.list.getByRole("link", { name: bob.name })).toContainText("hello?");
});

test("the list is searched by name and narrowed to what is unread", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.find(bob);
  await ada.write("to Bob");
  await cleo.find(ada);
  await cleo.write("from Cleo");
  await expect(ada.list.getByRole("link")).toHaveCount(2);
  await ada.show("Unread");
  await expect(ada.list.getByRole("link")).toHaveCount(1);
  await ada.open(cleo.name);
  await expect(ada.page.getByText("Nothing unread")).toBeVisible();
  await ada.show("All");

  const search = ada.page.getByRole("searchbox", { name: "Search chats and messages" });
  await search.fill("bob");
  await expect(ada.list.getByRole("link")).toHaveCount(1);
  await expect(ada.list.getByRole("link", { name: bob.name })).toBeVisible();
  await search.fill("nobody of this name");
  await expect(ada.page.getByText("Nothing found for “nobody of this name”")).toBeVisible();
  await search.press("Escape");
  await expect(ada.list.getByRole("link")).toHaveCount(2);
});

test("a deleted chat is gone for one, and begins anew when the other writes", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("old");
  await bob.open(ada.name);
  await bob.openDetails();
  await bob.details.getByRole("button", { name: "Delete the chat" }).click();
  await bob.dialog(`Delete the chat with ${ada.name}?`).getByRole("button", { name: "Delete the chat" }).click();
  await expect(bob.page.getByText("No conversations yet")).toBeVisible();
  await bob.page.reload();
  await expect(bob.page.getByText("No conversations yet")).toBeVisible();
  await bob.show("Archived");
  await expect(bob.page.getByText("Nothing archived")).toBeVisible();
  await bob.show("All");

  await expect(ada.message("old")).toBeVisible();
  await ada.write("new");
  await expect(bob.list.getByRole("link", { name: ada.name })).toContainText("1 unread message");
  await bob.open(ada.name);
  await expect(bob.message("new")).toBeVisible();
  await expect(bob.messages).toHaveCount(1);
});
