import { expect, test, type Person } from "./person";
import { register } from "./stock";

test.use({ serviceWorkers: "allow" });

const members = (person: Person) => person.details.getByRole("list", { name: "Members" });
const member = (person: Person, other: Person) => members(person).getByRole("listitem").filter({ hasText: other.name });

async function act(person: Person, other: Person, action: string): Promise<void> {
  await person.details.getByRole("button", { name: `Actions for ${other.name}` }).click();
  await person.page.getByRole("menuitem", { name: action }).click();
}

async function confirm(person: Person, dialog: string, action: string): Promise<void> {
  await person.dialog(dialog).getByRole("button", { name: action, exact: true }).click();
}

test("a group is renamed, grows, gives roles and takes people out, before everybody's eyes", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.group("Readers", bob);
  await ada.write("welcome");
  await bob.open("Readers");
  await bob.openDetails();
  await ada.openDetails();
  await expect(member(ada, ada)).toContainText("Owner");
  await expect(member(ada, bob).getByRole("img", { name: "Online" })).toBeVisible();
  await expect(bob.details.getByRole("button", { name: "Add people" })).toHaveCount(0);

  await ada.details.getByRole("button", { name: "Rename the group" }).click();
  await ada.page.getByLabel("Group name").fill("Writers");
  await ada.page.getByRole("button", { name: "Save" }).click();
  await expect(bob.page.getByRole("heading", { name: "Writers" })).toBeVisible();
  await expect(bob.list.getByRole("link", { name: "Writers" })).toBeVisible();

  await ada.details.getByRole("button", { name: "Add people" }).click();
  const adding = ada.dialog("Add people");
  await adding.getByRole("searchbox", { name: "Find people" }).fill(cleo.username);
  await adding.getByRole("button", { name: cleo.name }).click();
  await adding.getByRole("button", { name: "Add 1 person" }).click();
  await expect(member(bob, cleo)).toBeVisible();
  await cleo.open("Writers");
  await expect(cleo.message("welcome")).toBeVisible();
  await expect(cleo.log.getByText(`${ada.name} renamed the group to “Writers”.`)).toBeVisible();
  await expect(cleo.log.getByText(`${ada.name} added you.`)).toBeVisible();

  await act(ada, bob, "Make a moderator");
  await expect(member(bob, bob)).toContainText("Moderator");
  await act(bob, cleo, "Remove from the group");
  await confirm(bob, `Remove ${cleo.name}?`, "Remove from the group");
  await expect(cleo.page.getByText("This conversation does not exist, or you are not part of it.")).toBeVisible();
  await expect(cleo.page.getByText("No conversations yet")).toBeVisible();
  await expect(member(ada, cleo)).toHaveCount(0);

  await ada.page.keyboard.press("Escape");
  await expect(ada.details).toHaveCount(0);
  await expect(ada.log.getByText(`${bob.name} removed ${cleo.name}.`)).toBeVisible();
  await expect(ada.log.getByText(`You made ${bob.name} a moderator.`)).toBeVisible();
});

test("an owner hands over, leaves, and the next one ends the group", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.group("Keepers", bob, cleo);
  await bob.open("Keepers");
  await bob.openDetails();
  await cleo.open("Keepers");
  await expect(bob.details.getByRole("button", { name: "Delete the group" })).toHaveCount(0);
  await ada.openDetails();
  await act(ada, bob, "Hand the group over");
  await confirm(ada, `Hand the group over to ${bob.name}?`, "Hand the group over");
  await expect(member(bob, bob)).toContainText("Owner");
  await expect(member(ada, ada)).toContainText("Moderator");
  await expect(cleo.log.getByText(`${ada.name} handed the group over to ${bob.name}.`)).toBeVisible();

  await ada.details.getByRole("button", { name: "Leave the group" }).click();
  await confirm(ada, "Leave “Keepers”?", "Leave the group");
  await expect(ada.page.getByText("No conversations yet")).toBeVisible();
  await expect(cleo.log.getByText(`${ada.name} left the group.`)).toBeVisible();
  await expect(member(bob, ada)).toHaveCount(0);

  await bob.details.getByRole("button", { name: "Delete the group" }).click();
  await confirm(bob, "Delete “Keepers”?", "Delete the group");
  await expect(bob.page.getByText("No conversations yet")).toBeVisible();
  await expect(cleo.page.getByText("This conversation does not exist, or you are not part of it.")).toBeVisible();
});

test("what happened to a group while one was away is known on coming back", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await ada.group("Before", bob, cleo);
  await bob.open("Before");
  await cleo.open("Before");
  await bob.context.setOffline(true);
  await cleo.context.setOffline(true);
  await expect(bob.banner).toContainText("You are offline.");
  await expect(cleo.banner).toContainText("You are offline.");
  await ada.openDetails();
  await ada.details.getByRole("button", { name: "Rename the group" }).click();
  await ada.page.getByLabel("Group name").fill("After");
  await ada.page.getByRole("button", { name: "Save" }).click();
  await expect(ada.list.getByRole("link", { name: "After" })).toBeVisible();
  await act(ada, cleo, "Remove from the group");
  await confirm(ada, `Remove ${cleo.name}?`, "Remove from the group");
  await expect(member(ada, cleo)).toHaveCount(0);

  await bob.context.setOffline(false);
  await cleo.context.setOffline(false);
  await expect(bob.page.getByRole("heading", { name: "After" })).toBeVisible();
  await expect(bob.log.getByText(`${ada.name} removed ${cleo.name}.`)).toBeVisible();
  await expect(cleo.page.getByText("No conversations yet")).toBeVisible();
});

test("a large group shows all its members, also after one was taken out of it and put back", async ({
  newPerson,
  baseURL,
}) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  const crowd = await Promise.all(Array.from({ length: 11 }, () => register(baseURL ?? "")));
  const { userId } = (await (await bob.context.request.get("/user/me")).json()) as { userId: number };
  const participantIds = [...crowd.map(({ id }) => id), userId];
  const made = await ada.context.request.post("/chat/conversations", {
    data: { type: "group", name: "Crowd", participantIds },
  });
  const { id } = (await made.json()) as { id: string };
  const path = `/chat/conversations/${id}/members`;
  const { request } = ada.context;

  await bob.open("Crowd");
  await bob.openDetails();
  await expect(members(bob).getByRole("listitem")).toHaveCount(13);
  await bob.details.getByRole("searchbox", { name: "Find a member" }).fill(ada.username);
  await expect(members(bob).getByRole("listitem")).toHaveCount(1);

  expect((await request.delete(`${path}/${userId}`)).ok()).toBe(true);
  await expect(bob.page.getByText("This conversation does not exist, or you are not part of it.")).toBeVisible();
  expect((await request.post(path, { data: { userIds: [userId] } })).ok()).toBe(true);
  await expect(members(bob).getByRole("listitem")).toHaveCount(13);
});
