import { expect, test } from "./person";

test("somebody new may write three messages, and is told of the limit and of the answer", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.ask(bob);
  await expect(ada.page.getByText("You can write 3 more messages until then.")).toBeVisible();
  await ada.write("one");
  await expect(ada.page.getByText("You can write 2 more messages until then.")).toBeVisible();
  await ada.write("two", "three");
  await expect(ada.page.getByText("You have written three messages.")).toBeVisible();
  await expect(ada.field).toHaveCount(0);

  // Among the requests, not among the chats; reading it is nobody's business yet.
  await expect(bob.page.getByRole("button", { name: "Requests 1 request" })).toBeVisible();
  await expect(bob.list).toHaveCount(0);
  await bob.show("Requests");
  await bob.open(ada.name);
  await expect(bob.messages).toHaveCount(3);
  await expect(bob.page.getByText(`${ada.name} would like to talk to you.`)).toBeVisible();
  await expect(bob.field).toHaveCount(0);
  await expect(ada.mark("Sent")).toHaveCount(1);

  await bob.page.getByRole("button", { name: "Accept" }).click();
  await expect(bob.field).toBeVisible();
  await expect(ada.field).toBeVisible();
  await expect(ada.mark("Read")).toBeVisible();
  await ada.write("four");
  await expect(bob.message("four")).toBeVisible();
  await bob.show("All");
  await expect(bob.list.getByRole("link", { name: ada.name })).toBeVisible();
});

test("who declines hears nothing more, and may take it up again", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.ask(bob);
  await ada.write("hello");
  await bob.show("Requests");
  await bob.open(ada.name);
  await bob.page.getByRole("button", { name: "Decline" }).click();
  await expect(bob.page.getByText("No requests")).toBeVisible();
  await expect(bob.page.getByText("Pick a conversation")).toBeVisible();
  await expect(ada.page.getByText(`${bob.name} does not want to go on here.`)).toBeVisible();
  await expect(ada.field).toHaveCount(0);
  await bob.page.reload();
  await bob.show("Requests");
  await expect(bob.page.getByText("No requests")).toBeVisible();

  await bob.ask(ada);
  await expect(bob.page.getByText("You have declined this conversation.")).toBeVisible();
  await bob.write("after all");
  await expect(ada.message("after all")).toBeVisible();
  await expect(ada.field).toBeVisible();
  await expect(bob.page.getByText("You have declined this conversation.")).toHaveCount(0);
});

test("who blocks is not written to until they take it back", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.ask(bob);
  await ada.write("hello");
  await bob.show("Requests");
  await bob.open(ada.name);
  await bob.page.getByRole("button", { name: "Block" }).click();
  await bob.dialog(`Block ${ada.name}?`).getByRole("button", { name: "Block" }).click();
  await expect(bob.page.getByText("No requests")).toBeVisible();

  await bob.page.goto("/settings/blocked");
  const blocked = bob.page.getByRole("list", { name: "Blocked people" });
  await expect(blocked.getByRole("listitem")).toContainText(ada.name);
  await blocked.getByRole("button", { name: `Unblock ${ada.name}` }).click();
  await expect(bob.page.getByText("You have blocked nobody")).toBeVisible();
});
