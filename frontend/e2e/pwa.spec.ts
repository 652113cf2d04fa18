import { expect, test, type Person } from "./person";

test.use({ serviceWorkers: "allow" });

/** Resolves when the app's files are kept. */
const kept = (person: Person) =>
  person.page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });

test("the app opens offline with what it last knew, and sends what is written then", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("known before");
  await expect(ada.stored).toBeVisible();
  await kept(ada);
  await ada.page.reload();
  await expect(ada.message("known before")).toBeVisible();

  await ada.context.setOffline(true);
  await ada.page.reload();
  await expect(ada.message("known before")).toBeVisible();
  await expect(ada.list.getByRole("link", { name: bob.name })).toContainText("known before");
  await expect(ada.banner).toContainText("You are offline.");
  await ada.write("written offline");
  await ada.page.reload();
  await expect(ada.log.getByText("Waiting for the connection")).toHaveCount(1);

  // A page that was not loaded in this browser yet opens, too.
  await ada.page.goto("/settings");
  await expect(ada.page.getByRole("heading", { name: "Settings" })).toBeVisible();
  await ada.context.setOffline(false);
  await bob.open(ada.name);
  await expect(bob.message("written offline")).toBeVisible();
  await expect(ada.banner).toBeHidden();
});

test("a conversation from the cache does not wait for the network", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("from the cache");
  await expect(ada.stored).toBeVisible();
  // Leaving the page stores what it knows.
  await ada.page.goto("/");
  await expect(ada.list).toBeVisible();

  const asked: string[] = [];
  await ada.context.route(/\/(chat|auth|user|notifications)\//, (route) => {
    // Never answered.
    asked.push(route.request().url());
  });
  await ada.page.reload();
  await ada.open(bob.name);
  await expect(ada.message("from the cache")).toBeVisible();
  expect(asked.filter((url) => url.includes("/messages"))).toEqual([]);
  await ada.context.unrouteAll({ behavior: "ignoreErrors" });
});

test("nothing of a person is left for the next one in the same browser", async ({ newPerson }) => {
  const [ada, bob, eve] = await Promise.all([newPerson("Ada"), newPerson("Bob"), newPerson("Eve")]);
  await ada.find(bob);
  await ada.write("secret");
  await expect(ada.stored).toBeVisible();
  const { pathname } = new URL(ada.page.url());
  await ada.page.reload();
  await expect(ada.message("secret")).toBeVisible();
  await ada.page.getByRole("button", { name: "Your account" }).click();
  await ada.page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(ada.page.getByRole("heading", { name: "Welcome back" })).toBeVisible();
  await expect.poll(() => ada.page.evaluate(() => indexedDB.databases())).toEqual([]);

  const next = eve.inTab(ada.page);
  await next.signIn();
  await expect(next.page.getByText("No conversations yet")).toBeVisible();
  await next.page.goto(pathname);
  await expect(next.page.getByText("This conversation does not exist, or you are not part of it.")).toBeVisible();
  await expect(next.page.getByText("secret")).toHaveCount(0);
});

test("it can be installed", async ({ newPerson }) => {
  const ada = await newPerson("Ada");
  await kept(ada);
  const browser = await ada.context.newCDPSession(ada.page);
  const { errors } = await browser.send("Page.getAppManifest");
  expect(errors).toEqual([]);
  const { installabilityErrors } = await browser.send("Page.getInstallabilityErrors");
  // Playwright's browser contexts are private windows, which install nothing.
  expect(installabilityErrors.filter(({ errorId }) => errorId !== "in-incognito")).toEqual([]);
});
