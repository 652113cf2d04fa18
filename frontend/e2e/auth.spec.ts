import { expect, test } from "./person";

test.use({ serviceWorkers: "allow" });

test("an account is made, left, and entered again by username or e-mail", async ({ newVisitor }) => {
  const ada = await newVisitor("Ada");
  await ada.signUp();
  await ada.page.reload();
  await expect(ada.page.getByRole("heading", { name: "Chats" })).toBeVisible();

  for (const login of [ada.username, `${ada.username}@example.org`]) {
    await ada.page.getByRole("button", { name: "Your account" }).click();
    await ada.page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(ada.page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
    await expect(ada.page.getByText("Your session has ended")).toBeHidden();
    await ada.page.reload();
    await expect(ada.page.getByRole("heading", { name: "Welcome back" })).toBeVisible();

    await ada.page.getByLabel("E-mail or username").fill(login);
    await ada.page.getByLabel("Password").fill(ada.password);
    await ada.page.keyboard.press("Enter");
    await expect(ada.page.getByRole("heading", { name: "Chats" })).toBeVisible();
  }
});

test("a wrong password and an unknown person get the same answer", async ({ newPerson, browser }) => {
  const ada = await newPerson("Ada");
  const page = await (await browser.newContext()).newPage();
  await page.goto("/");
  for (const login of [ada.username, `nobody-${ada.username}`]) {
    await page.getByLabel("E-mail or username").fill(login);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert")).toHaveText("That e-mail or username and password do not match.");
    await expect(page.getByRole("button", { name: "Sign in" })).toBeEnabled();
    await page.reload();
  }
  await page.context().close();
});

test("mistakes are told at their fields, by the page and by the server", async ({ newPerson, browser }) => {
  const ada = await newPerson("Ada");
  const page = await (await browser.newContext()).newPage();
  await page.goto("/sign-up");
  await page.getByLabel("Username").fill("a b");
  await page.getByLabel("E-mail").fill("nonsense");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText("Use 3 to 32 letters")).toBeVisible();
  await expect(page.getByText("This does not look like an e-mail address.")).toBeVisible();
  await expect(page.getByText("Use at least 8 characters.")).toBeVisible();

  await page.getByLabel("Username").fill(ada.username.toUpperCase());
  await page.getByLabel("E-mail").fill(`other-${ada.username}@example.org`);
  await page.getByLabel("Password").fill("long enough");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByText(/taken|exists|in use/i)).toBeVisible();
  await page.context().close();
});

test("signing out in one tab signs out the other", async ({ newPerson }) => {
  const ada = await newPerson("Ada");
  const other = await ada.context.newPage();
  await other.goto("/");
  await expect(other.getByRole("heading", { name: "Chats" })).toBeVisible();
  await ada.page.getByRole("button", { name: "Your account" }).click();
  await ada.page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(other.getByRole("heading", { name: "Welcome back" })).toBeVisible();
});
