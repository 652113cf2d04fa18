import { canMakeAdmins, makeAdmin } from "./operator";
import { expect, test, type Person } from "./person";

const account = (admin: Person, person: Person) =>
  admin.page.getByRole("list", { name: "Accounts" }).getByRole("listitem").filter({ hasText: person.username });

async function act(admin: Person, person: Person, action: string): Promise<void> {
  await admin.page.getByRole("button", { name: `Actions for ${person.name}` }).click();
  await admin.page.getByRole("menuitem", { name: action }).click();
}

test("an administrator finds accounts, gives roles, suspends and reinstates", async ({ newPerson }) => {
  test.skip(!canMakeAdmins, "makes an administrator on the system that it tests");
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await bob.page.goto("/admin");
  await expect(bob.page.getByText("Only administrators can see this.")).toBeVisible();

  await makeAdmin(ada);
  await ada.page.reload();
  await ada.go("Administration");
  await ada.page.getByRole("searchbox", { name: "Find by name or e-mail" }).fill(`${bob.username}@`);
  await expect(account(ada, bob)).toBeVisible();
  await act(ada, bob, "Make Moderator");
  await expect(account(ada, bob)).toContainText("Moderator");
  await ada.page.getByLabel("Role").selectOption({ label: "Administrator" });
  await expect(ada.page.getByText("No account fits.")).toBeVisible();
  await ada.page.getByLabel("Role").selectOption({ label: "Moderator" });
  await expect(account(ada, bob)).toBeVisible();
  await ada.page.getByLabel("Role").selectOption({ label: "Any role" });

  await act(ada, bob, "Suspend");
  const dialog = ada.dialog(`Suspend ${bob.name}?`);
  await dialog.getByRole("button", { name: "Suspend" }).click();
  await expect(dialog.getByText("Say why.")).toBeVisible();
  await dialog.getByLabel("Reason").fill("Too many carrots.");
  await dialog.getByRole("button", { name: "Suspend" }).click();
  await expect(account(ada, bob)).toContainText("Too many carrots.");
  await expect(bob.page.getByText("Your session has ended.")).toBeVisible();
  await bob.page.getByLabel("E-mail or username").fill(bob.username);
  await bob.page.getByLabel("Password").fill(bob.password);
  await bob.page.keyboard.press("Enter");
  await expect(bob.page.getByRole("alert")).toContainText("Too many carrots.");

  await ada.page.getByLabel("Status").selectOption({ label: "Suspended" });
  await expect(account(ada, bob)).toBeVisible();
  await act(ada, bob, "Lift the suspension");
  await expect(ada.page.getByText("No account fits.")).toBeVisible();
  await bob.page.getByRole("button", { name: "Sign in" }).click();
  await expect(bob.page.getByRole("heading", { name: "Chats" })).toBeVisible();

  // A moderator sees accounts, and nothing that is for administrators.
  await bob.go("Administration");
  await bob.page.getByRole("searchbox", { name: "Find by name or e-mail" }).fill(`${ada.username}@`);
  await expect(account(bob, ada)).toContainText("Administrator");
  await expect(bob.page.getByRole("button", { name: `Actions for ${ada.name}` })).toHaveCount(0);
  await expect(bob.page.getByRole("link", { name: "Broadcast" })).toHaveCount(0);
  await bob.page.goto("/admin/broadcast");
  await expect(bob.page.getByText("Only administrators can see this.")).toBeVisible();
  await bob.page.goto("/");

  // A role that is given holds at once, without a new sign-in.
  await ada.page.getByLabel("Status").selectOption({ label: "Any status" });
  await act(ada, bob, "Make Administrator");
  await expect(account(ada, bob)).toContainText("Administrator");
  await bob.go("Administration");
  await expect(
    account(bob, ada)
      .or(bob.page.getByRole("list", { name: "Accounts" }))
      .first(),
  ).toBeVisible();
});

test("an administrator sends a word to people of their choice", async ({ newPerson }) => {
  test.skip(!canMakeAdmins, "makes an administrator on the system that it tests");
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Cleo")]);
  await makeAdmin(ada);
  await ada.page.goto("/admin/broadcast");
  await ada.page.getByRole("button", { name: "Send" }).click();
  await expect(ada.page.getByText("Please fill this in.")).toHaveCount(2);
  await ada.page.getByLabel("Title").fill("Maintenance tonight");
  await ada.page.getByLabel("Text").fill("Carrots are off from ten.");
  await ada.page.getByLabel("To", { exact: true }).selectOption({ label: "People of your choice" });
  await ada.page.getByRole("button", { name: "Send" }).click();
  await expect(ada.page.getByText("Choose at least one person.")).toBeVisible();
  await ada.page.getByRole("searchbox", { name: "Find people" }).fill(bob.username);
  await ada.page.getByRole("button", { name: bob.name, pressed: false }).click();
  await ada.page.getByRole("button", { name: "Send" }).click();
  const dialog = ada.dialog("Send this now?");
  await expect(dialog).toContainText("To: 1 person.");
  await expect(dialog).toContainText("Carrots are off from ten.");
  await dialog.getByRole("button", { name: "Send" }).click();
  await expect(ada.page.getByText("Sent to 1 person.").first()).toBeVisible();

  await expect(bob.bell).toHaveAccessibleName("Notifications, 1 unread");
  await bob.bell.click();
  await expect(bob.dialog("Notifications").getByRole("listitem")).toContainText("Carrots are off from ten.");
  await expect(cleo.bell).toHaveAccessibleName("Notifications");
});
