import { expect, test } from "./person";

test("a profile is changed, and those who know its owner see it at once", async ({ newPerson, newDevice }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("hello");
  await bob.open(ada.name);
  const second = await newDevice(ada);
  await ada.go("Settings");
  await ada.page.getByRole("navigation", { name: "Settings pages" }).getByRole("link", { name: "Profile" }).click();
  const name = `Countess ${ada.username}`;
  await ada.page.getByLabel("Your name").fill(name);
  await ada.page.getByLabel("About you").fill("Writes programs.");
  await ada.page.getByRole("button", { name: "Save" }).click();
  await expect(ada.page.getByText("Saved.").first()).toBeVisible();
  await expect(bob.page.getByRole("heading", { name })).toBeVisible();
  await expect(bob.list.getByRole("link", { name })).toBeVisible();
  await bob.openDetails();
  await expect(bob.details.getByText("Writes programs.")).toBeVisible();
  await second.page.getByRole("button", { name: "Your account" }).click();
  await expect(second.page.getByRole("menu")).toContainText(name);

  await ada.page.getByLabel("Username").fill(bob.username);
  await ada.page.getByRole("button", { name: "Save" }).click();
  await expect(ada.page.getByText(/taken/i)).toBeVisible();
});

test("another password signs the other devices out", async ({ newPerson, newDevice }) => {
  const ada = await newPerson("Ada");
  const second = await newDevice(ada);
  await ada.page.goto("/settings/password");
  await ada.page.getByLabel("Current password").fill("not the password");
  await ada.page.getByLabel("New password", { exact: true }).fill("a better password");
  await ada.page.getByLabel("New password again").fill("a better one");
  await ada.page.getByRole("button", { name: "Change password" }).click();
  await expect(ada.page.getByText("The two do not match.")).toBeVisible();
  await ada.page.getByLabel("New password again").fill("a better password");
  await ada.page.getByRole("button", { name: "Change password" }).click();
  await expect(ada.page.getByRole("alert")).toBeVisible();
  await ada.page.getByLabel("Current password").fill(ada.password);
  await ada.page.getByRole("button", { name: "Change password" }).click();
  await expect(ada.page.getByText("Your password is changed.").first()).toBeVisible();
  await expect(second.page.getByText("Your session has ended.")).toBeVisible();
  await second.page.getByLabel("E-mail or username").fill(ada.username);
  await second.page.getByLabel("Password").fill("a better password");
  await second.page.keyboard.press("Enter");
  await expect(second.page.getByRole("heading", { name: "Chats" })).toBeVisible();
});

test("a device is signed out from another", async ({ newPerson, newDevice }) => {
  const ada = await newPerson("Ada");
  const second = await newDevice(ada);
  await ada.page.goto("/settings/devices");
  const devices = ada.page.getByRole("list", { name: "Devices" }).getByRole("listitem");
  await expect(devices).toHaveCount(2);
  await expect(devices.first()).toContainText("This device");
  await expect(devices.last()).toContainText("Chrome");
  await devices
    .last()
    .getByRole("button", { name: /^Sign out/ })
    .click();
  await expect(devices).toHaveCount(1);
  await expect(second.page.getByText("Your session has ended.")).toBeVisible();
});

test("people are found, with whether they are there, blocked and unblocked", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("hello");
  await expect(bob.list.getByRole("link", { name: ada.name })).toBeVisible();
  await ada.go("People");
  await ada.page.getByRole("searchbox", { name: "Find people" }).fill(bob.username);
  const found = ada.page.getByRole("list", { name: "People found" }).getByRole("listitem");
  await expect(found.getByRole("img", { name: "Online" })).toBeVisible();
  await found.getByRole("link", { name: bob.name }).click();
  await ada.page.getByRole("button", { name: "Block" }).click();
  await ada.dialog(`Block ${bob.name}?`).getByRole("button", { name: "Block" }).click();
  await expect(ada.page.getByRole("button", { name: "Unblock" })).toBeVisible();

  await ada.open(bob.name);
  await expect(ada.page.getByText(`You have blocked ${bob.name}.`)).toBeVisible();
  await bob.open(ada.name);
  await bob.write("can you hear me?");
  await expect(bob.page.getByRole("alert")).toContainText("blocked");
  await ada.page.getByRole("button", { name: "Unblock" }).click();
  await expect(ada.field).toBeVisible();
  await bob.page.getByRole("button", { name: "Retry" }).click();
  await expect(ada.message("can you hear me?")).toBeVisible();
});

test("somebody who comes and goes is seen to", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("hello");
  await bob.open(ada.name);
  const header = ada.page.getByRole("region", { name: `Conversation with ${bob.name}` }).locator("header");
  await expect(header).toContainText("Online");
  await bob.page.goto("about:blank");
  await expect(header).toContainText("Last seen");
});

test("an account is deleted, and its owner is named no more", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("farewell");
  await expect(bob.list.getByRole("link", { name: ada.name })).toBeVisible();
  await ada.page.goto("/settings/password");
  await ada.page.getByRole("button", { name: "Delete your account" }).click();
  const dialog = ada.dialog("Delete your account for good?");
  await dialog.getByLabel("Current password").fill("wrong");
  await dialog.getByRole("button", { name: "Delete your account" }).click();
  await expect(dialog.getByRole("alert")).toBeVisible();
  await dialog.getByLabel("Current password").fill(ada.password);
  await dialog.getByRole("button", { name: "Delete your account" }).click();
  await expect(ada.page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await ada.page.getByLabel("E-mail or username").fill(ada.username);
  await ada.page.getByLabel("Password").fill(ada.password);
  await ada.page.keyboard.press("Enter");
  await expect(ada.page.getByRole("alert")).toContainText("do not match");
});
