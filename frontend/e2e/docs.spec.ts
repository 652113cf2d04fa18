import type { Page } from "@playwright/test";
import { expect, test } from "./person";

/** What the page did that its policy forbids; set up before it is opened. */
async function violations(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const found: string[] = [];
    Object.assign(window, { violations: found });
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      found.push(`${violatedDirective}: ${blockedURI}`);
    });
  });
  return () => page.evaluate(() => (window as unknown as { violations: string[] }).violations);
}

/** Asks for the caller's own account by the form of the page; the status. */
async function tryOut(page: Page): Promise<string | null> {
  const operation = page.locator("#operations-users-user-me");
  await operation.getByRole("button", { name: "Execute" }).click();
  const answer = operation.locator(".live-responses-table .response-col_status").last();
  await expect(answer).toBeVisible();
  return answer.textContent();
}

test("the API's documents are shown and tried out, by cookie and by token", async ({
  newPerson,
  newVisitor,
  request,
}) => {
  const openapi = (await (await request.get("/openapi.json")).json()) as { paths: Record<string, object> };
  const operations = Object.values(openapi.paths).flatMap((methods) => Object.keys(methods));
  const [ada, visitor] = await Promise.all([newPerson("Ada"), newVisitor("Bob")]);

  for (const [{ page }, path] of [
    [ada, "/api/docs"],
    [visitor, "/api/docs/"],
  ] as const) {
    const found = await violations(page);
    await page.goto(path);
    await expect(page.getByRole("heading", { name: /^Warren/ })).toBeVisible();
    await expect(page.locator(".opblock")).toHaveCount(operations.length);
    await page
      .locator("#operations-users-user-me")
      .getByRole("button", { name: /user\/me/ })
      .first()
      .click();
    await page.getByRole("button", { name: "Try it out" }).click();
    expect(await tryOut(page)).toContain(path === "/api/docs" ? "200" : "401");
    expect(await found()).toEqual([]);
  }

  const { page } = visitor;
  const signedIn = await request.post("/auth/login", { data: { email: ada.username, password: ada.password } });
  const { accessToken } = (await signedIn.json()) as { accessToken: string };
  await page.getByRole("button", { name: "Authorize", exact: true }).click();
  const bearer = page.locator(".auth-container", { has: page.getByLabel("auth-bearer-value") });
  await bearer.getByRole("textbox").fill(accessToken);
  await bearer.getByRole("textbox").press("Enter");
  await bearer.getByRole("button", { name: "Close" }).click();
  expect(await tryOut(page)).toContain("200");
  await expect(page.locator("#operations-users-user-me .live-responses-table")).toContainText(ada.username);
});
