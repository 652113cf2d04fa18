import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { canMakeAdmins, makeAdmin } from "./operator";
import { expect, test } from "./person";

test.use({ serviceWorkers: "allow" });

const options = { colorScheme: "light", reducedMotion: "reduce" } as const;

/** The only rules that another colour scheme can break. */
const COLOUR_RULES = ["color-contrast", "link-in-text-block"];

/**
 * Nothing that axe calls serious or critical, light and dark; the rest is listed as well, to be seen when something is.
 */
async function expectAccessible(page: Page, screen: string): Promise<void> {
  // Legacy means: no further page for putting together what frames have. There are none.
  const axe = () => new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
  await expectNothingSerious(axe(), `${screen}, light`);
  await page.emulateMedia({ colorScheme: "dark" });
  await expectNothingSerious(axe().withRules(COLOUR_RULES), `${screen}, dark`);
  await page.emulateMedia({ colorScheme: "light" });
}

async function expectNothingSerious(axe: AxeBuilder, screen: string): Promise<void> {
  const { violations } = await axe.analyze();
  const found = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
  expect(found, screen).toEqual([]);
}

test("signed-out pages are accessible", async ({ browser }) => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Please fill this in.").first()).toBeVisible();
  await expectAccessible(page, "sign-in with mistakes");
  await page.goto("/sign-up");
  await expect(page.getByRole("heading", { name: "Create your account" })).toBeVisible();
  await expectAccessible(page, "sign-up");
  await page.goto("/nowhere");
  await expect(page.getByText("There is nothing here.")).toBeVisible();
  await expectAccessible(page, "not found");
  await context.close();
});

test("the chat is accessible", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada", options), newPerson("Bob")]);
  const { page } = ada;
  await expect(page.getByText("No conversations yet")).toBeVisible();
  await expectAccessible(page, "no conversations");

  await page.getByRole("button", { name: "New chat" }).click();
  await page.getByRole("searchbox", { name: "Find people" }).fill(bob.username);
  await expect(page.getByRole("button", { name: bob.name })).toBeVisible();
  await expectAccessible(page, "new chat");
  await page.getByRole("button", { name: "Make a group" }).click();
  await page.getByRole("button", { name: "Create group" }).click();
  await expect(page.getByText("Give the group a name.")).toBeVisible();
  await expectAccessible(page, "new group with mistakes");
  await page.keyboard.press("Escape");

  await ada.find(bob);
  await ada.write("one", "two");
  await bob.open(ada.name);
  await bob.write("three");
  await expect(ada.message("three")).toBeVisible();
  await ada.list.getByRole("link").hover();
  await expectAccessible(page, "conversation");

  await page.keyboard.press("Control+k");
  await expect(page.getByRole("option")).toHaveCount(1);
  await expectAccessible(page, "switcher");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+/");
  await expect(page.getByText("Next conversation")).toBeVisible();
  await expectAccessible(page, "shortcuts");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(page.getByText("Pick a conversation")).toBeVisible();
  await bob.write("four", "five");
  await expect(ada.list.getByRole("link")).toContainText("2 unread messages");
  await ada.bell.click();
  await expect(page.getByRole("dialog", { name: "Notifications" }).getByRole("listitem")).toHaveCount(1);
  await expectAccessible(page, "notifications and unread messages");
  await page.getByRole("button", { name: /^Actions for the notification/ }).click();
  await expect(page.getByRole("menuitem", { name: "Mark read" })).toBeVisible();
  await expectAccessible(page, "menu of a notification");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Your account" }).click();
  await expect(page.getByRole("menuitem", { name: "Settings" })).toBeVisible();
  await expectAccessible(page, "account menu");
  await page.getByRole("menuitem", { name: "Settings" }).click();
  await expect(page.getByRole("radio", { name: "Light" })).toBeVisible();
  await expectAccessible(page, "settings");

  for (const [link, shown] of [
    ["Profile", "About you"],
    ["Password", "Delete your account"],
    ["Devices", "You are signed in nowhere else."],
    ["Blocked people", "You have blocked nobody"],
  ] as const) {
    await page.getByRole("navigation", { name: "Settings pages" }).getByRole("link", { name: link }).click();
    await expect(page.getByText(shown).first()).toBeVisible();
    await expectAccessible(page, `settings: ${link}`);
  }
  await page.goto("/inbox");
  await expect(page.getByRole("region", { name: "Notifications" }).getByRole("listitem")).toHaveCount(1);
  await expectAccessible(page, "notifications page");
  await ada.go("People");
  await page.getByRole("searchbox", { name: "Find people" }).fill(bob.username);
  await page.getByRole("main").getByRole("link", { name: bob.name }).hover();
  await expectAccessible(page, "people");
  await page.getByRole("main").getByRole("link", { name: bob.name }).click();
  await expect(page.getByRole("button", { name: "Block" })).toBeVisible();
  await expectAccessible(page, "somebody's page");
  await page.getByRole("button", { name: "Block" }).click();
  await expect(ada.dialog(`Block ${bob.name}?`)).toBeVisible();
  await expectAccessible(page, "confirmation");
  await page.keyboard.press("Escape");

  await ada.open(bob.name);
  await ada.context.setOffline(true);
  await expect(ada.banner).toContainText("You are offline.");
  await ada.write("not yet");
  await expect(ada.log.getByText("Waiting for the connection")).toBeVisible();
  await expectAccessible(page, "offline");
  await page.getByRole("button", { name: "Your account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("dialog", { name: "Sign out now?" })).toBeVisible();
  await expectAccessible(page, "unsent messages");
});

test("groups and requests are accessible", async ({ newPerson }) => {
  const [ada, bob, cleo] = await Promise.all([newPerson("Ada", options), newPerson("Bob"), newPerson("Cleo")]);
  const { page } = ada;
  await cleo.ask(ada);
  await cleo.write("May I ask you something?");
  await expect(cleo.page.getByText("You can write 2 more messages until then.")).toBeVisible();
  await ada.show("Requests");
  await expectAccessible(page, "requests");
  await ada.open(cleo.name);
  await expect(page.getByRole("button", { name: "Accept" })).toBeVisible();
  await expectAccessible(page, "a request");
  await ada.show("Archived");
  await expect(page.getByText("Nothing archived")).toBeVisible();
  await expectAccessible(page, "nothing archived");
  await ada.show("All");

  await ada.group("Readers", bob);
  await ada.write("welcome", "a second");
  await bob.open("Readers");
  await expect(ada.log.getByRole("button", { name: "Seen by 1" })).toBeVisible();
  await ada.choose("welcome", "Delete");
  await ada.dialog("Delete this message?").getByRole("button", { name: "Delete" }).click();
  await expect(ada.message("This message was deleted.")).toBeVisible();
  await ada.message("a second").click({ button: "right" });
  await expect(page.getByRole("menuitem", { name: "Edit" })).toBeVisible();
  await expectAccessible(page, "menu of a message");
  await page.getByRole("menuitem", { name: "Edit" }).click();
  await expect(page.getByRole("textbox", { name: "New text of the message" })).toBeFocused();
  await expectAccessible(page, "editing");
  await page.keyboard.press("Escape");
  await ada.log.getByRole("button", { name: "Seen by 1" }).click();
  await expect(ada.dialog("Message details")).toBeVisible();
  await expectAccessible(page, "message details");
  await page.keyboard.press("Escape");

  await bob.field.pressSequentially("Hm");
  await expect(page.getByText(`${bob.name} is typing`)).toBeVisible();
  await ada.field.pressSequentially("@");
  await expect(page.getByRole("listbox").getByRole("option")).toHaveCount(2);
  await expectAccessible(page, "mentioning");
  await page.keyboard.press("Escape");
  await ada.field.clear();
  await ada.write(`@${bob.username} and @all`);
  await bob.write(`@${ada.username}`);
  await expect(ada.log.getByRole("link", { name: `@${ada.username}` })).toBeVisible();
  await expect(ada.stored).toBeVisible();
  await expectAccessible(page, "mentions");

  await ada.openDetails();
  await ada.details.getByRole("button", { name: "Mute" }).click();
  await page.getByRole("menuitem", { name: "Until I turn it back on" }).click();
  await expect(ada.details.getByRole("button", { name: "Unmute" })).toBeVisible();
  await expectAccessible(page, "group details");
  await ada.details.getByRole("button", { name: `Actions for ${bob.name}` }).click();
  await expect(page.getByRole("menuitem", { name: "Make a moderator" })).toBeVisible();
  await expectAccessible(page, "menu of a member");
  await page.keyboard.press("Escape");
  await ada.details.getByRole("button", { name: "Add people" }).click();
  await expect(ada.dialog("Add people")).toBeVisible();
  await expectAccessible(page, "adding people");
  await page.keyboard.press("Escape");
  await ada.details.getByRole("button", { name: "Rename the group" }).click();
  await expect(ada.dialog("Rename the group")).toBeVisible();
  await expectAccessible(page, "renaming");
  await page.keyboard.press("Escape");
  await ada.details.getByRole("button", { name: "Leave the group" }).click();
  await expect(ada.dialog("Leave “Readers”?")).toBeVisible();
  await expectAccessible(page, "leaving");
});

/** Pictures as small as they can be. */
const picture = (name: string) => ({
  name,
  mimeType: "image/png",
  buffer: Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
    "base64",
  ),
});
const report = { name: "report.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\n%%EOF\n") };
const program = { name: "program.exe", mimeType: "application/x-msdownload", buffer: Buffer.from("MZ\x90\x00") };

test("files, answers and what is found are accessible", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada", options), newPerson("Bob")]);
  const { page } = ada;
  await ada.find(bob);
  await ada.write("Here are the carrots, see http://example.org/carrots");
  await bob.open(ada.name);
  await page.locator("input[type=file]").setInputFiles([picture("one.png"), report, program]);
  await expect(page.getByRole("button", { name: "Remove program.exe" })).toBeVisible();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await expectAccessible(page, "files in the composer, one of them refused");
  await page.getByRole("button", { name: "Remove program.exe" }).click();
  await ada.write("Carrots, as a picture and as a report");
  await expect(ada.log.getByRole("button", { name: "Enlarge one.png" })).toBeVisible();
  await expect(ada.log.getByText(/Sending|Uploading/)).toHaveCount(0);
  await expectAccessible(page, "files in a message");
  await ada.log.getByRole("button", { name: "Enlarge one.png" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page, "a picture at large");
  await page.keyboard.press("Escape");

  await bob.choose("Carrots, as a picture and as a report", "Reply");
  await bob.write("No turnips?");
  await ada.choose("No turnips?", "Reply");
  await expect(page.getByText(`Replying to ${bob.name}`)).toBeVisible();
  await expectAccessible(page, "answering, and an answer of somebody else");
  await page.keyboard.press("Escape");
  await ada.message("No turnips?").click({ button: "right" });
  await expect(page.getByRole("menu")).toBeVisible();
  await expectAccessible(page, "menu of a message of somebody else");
  await page.keyboard.press("Escape");
  await ada.choose("Carrots, as a picture and as a report", "Delete");
  await expect(ada.dialog("Delete this message?")).toBeVisible();
  await expectAccessible(page, "deleting");
  await ada.dialog("Delete this message?").getByRole("button", { name: "Delete" }).click();
  await expect(ada.log.getByRole("button", { name: /^In reply to/ })).toContainText("Message deleted");
  await ada.page.getByRole("link", { name: "Details", exact: true }).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowUp");
  await expect(ada.log.locator("[role=article]:focus")).toBeVisible();
  await expectAccessible(page, "going through the history by keys");

  await page.keyboard.press("Control+Shift+F");
  const panel = page.getByRole("complementary", { name: "Search in this conversation" });
  await expect(panel.getByRole("searchbox")).toBeFocused();
  await expectAccessible(page, "search in a conversation");
  await expect(async () => {
    await panel.getByRole("searchbox").fill("");
    await panel.getByRole("searchbox").fill("carrots");
    await expect(panel.getByRole("listitem")).toHaveCount(1, { timeout: 3_000 });
  }).toPass();
  await expectAccessible(page, "found in a conversation");
  await panel.getByRole("searchbox").fill("nothinglikeit");
  await expect(panel.getByText("Nothing found for “nothinglikeit”")).toBeVisible();
  await expectAccessible(page, "nothing found in a conversation");
  await page.getByRole("searchbox", { name: "Search chats and messages" }).fill("carrots");
  await expect(page.getByRole("list", { name: "Messages", exact: true }).getByRole("listitem")).toHaveCount(1);
  await expectAccessible(page, "found in all conversations");
});

test("it is accessible in Vietnamese and on a phone, too", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada", options), newPerson("Bob")]);
  const { page } = ada;
  await ada.find(bob);
  await ada.write("hello");
  const direct = new URL(page.url()).pathname;
  await ada.group("Readers", bob);
  await page.locator("input[type=file]").setInputFiles([picture("one.png")]);
  await ada.write("a picture");
  await bob.open("Readers");
  await bob.choose("a picture", "Reply");
  await bob.write("an answer");
  await expect(ada.message("an answer")).toBeVisible();
  const group = new URL(page.url()).pathname;
  await page.evaluate(() => {
    localStorage.setItem("warren.settings", JSON.stringify({ state: { theme: "system", language: "vi" }, version: 0 }));
  });
  await page.setViewportSize({ width: 390, height: 780 });
  const settings = ["", "/profile", "/password", "/devices", "/blocked"].map((path) => `/settings${path}`);
  const paths = ["/", direct, group, `${group}/details`, `${group}/search`, "/people", "/inbox", ...settings];
  for (const path of paths) {
    await page.goto(path);
    await expect(page.locator("html")).toHaveAttribute("lang", "vi");
    await expect(path === "/" ? page.locator("nav a").first() : page.getByRole("main")).toBeVisible();
    // Whatever is still loading says so.
    await expect(page.getByRole("status").filter({ has: page.locator("svg") })).toHaveCount(0);
    await expectAccessible(page, `${path} on a phone`);
  }

  await page.goto(group);
  await page.locator("textarea").press("Control+ArrowUp");
  await expect(page.getByText(/^Đang trả lời/)).toBeVisible();
  await expectAccessible(page, "answering on a phone");
  await ada.message("a picture").click({ button: "right" });
  await expect(page.getByRole("menuitem").first()).toHaveText("Trả lời");
  await expectAccessible(page, "menu of a message on a phone");
  await page.getByRole("menuitem").last().click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page, "a confirmation on a phone");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "one.png" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page, "a picture at large on a phone");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("option").first()).toBeVisible();
  await expectAccessible(page, "switcher on a phone");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+/");
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page, "shortcuts on a phone");
});

test("administration is accessible", async ({ newPerson }) => {
  test.skip(!canMakeAdmins, "makes an administrator on the system that it tests");
  const [ada, bob] = await Promise.all([newPerson("Ada", options), newPerson("Bob")]);
  await makeAdmin(ada);
  await ada.page.goto("/admin");
  await expect(ada.page.getByText("Only administrators can see this.").or(ada.page.getByLabel("Role"))).toBeVisible();
  await ada.page.reload();
  await ada.page.getByRole("searchbox", { name: "Find by name or e-mail" }).fill(bob.username);
  const accounts = ada.page.getByRole("list", { name: "Accounts" }).getByRole("listitem");
  await expect(accounts).toHaveCount(1);
  await expectAccessible(ada.page, "accounts");
  await accounts.getByRole("button", { name: `Actions for ${bob.name}` }).click();
  await ada.page.getByRole("menuitem", { name: "Suspend" }).click();
  await expect(ada.dialog(`Suspend ${bob.name}?`)).toBeVisible();
  await expectAccessible(ada.page, "suspending");
  await ada.page.keyboard.press("Escape");
  await ada.page.getByRole("link", { name: "Broadcast" }).click();
  await ada.page.getByLabel("To", { exact: true }).selectOption({ label: "People of your choice" });
  await ada.page.getByRole("button", { name: "Send" }).click();
  await expect(ada.page.getByText("Choose at least one person.")).toBeVisible();
  await expectAccessible(ada.page, "broadcast with mistakes");
});
