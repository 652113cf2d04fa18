import { expect, test, type Person } from "./person";

/** What the browser would put on the desktop; headless ones have none. */
interface Shown {
  title: string;
  body: string;
  isOpen: boolean;
}

/** Puts a pretended desktop into a person's browser, which allows notifications or does not, and reloads the page. */
async function withDesktop(person: Person, answer: NotificationPermission): Promise<void> {
  await person.context.addInitScript((permission) => {
    const shown: (Shown & { alert: object })[] = [];
    class Pretended {
      static permission: NotificationPermission = "default";
      static requestPermission() {
        Pretended.permission = permission;
        return Promise.resolve(permission);
      }
      onclick: (() => void) | null = null;
      constructor(title: string, { body }: { body: string }) {
        shown.push({ title, body, isOpen: true, alert: this });
      }
      close() {
        for (const entry of shown) if (entry.alert === this) entry.isOpen = false;
      }
    }
    Object.assign(window, { Notification: Pretended, shown });
  }, answer);
  await person.page.reload();
}

const shown = (person: Person) =>
  person.page.evaluate(() =>
    (window as unknown as { shown: Shown[] }).shown.map(({ title, body, isOpen }) => ({ title, body, isOpen })),
  );

const click = (person: Person) =>
  person.page.evaluate(() => {
    (window as unknown as { shown: { alert: { onclick: () => void } }[] }).shown.at(-1)?.alert.onclick();
  });

const toggle = (person: Person, name: string) => person.page.getByRole("switch", { name });
const SHOW = "When something comes while this page is out of sight";

test("what comes while nobody looks is shown on the desktop, and leads to its conversation", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await withDesktop(bob, "granted");
  await bob.go("Settings");
  // The switch itself is drawn by its label.
  await bob.page.getByText(SHOW).click();
  await expect(toggle(bob, SHOW)).toBeChecked();
  await ada.write("seen");
  await expect(bob.bell).toHaveAccessibleName("Notifications, 1 unread");
  expect(await shown(bob)).toEqual([]);

  await bob.look("hidden");
  await ada.write("are you there?");
  await expect.poll(() => shown(bob)).toEqual([{ title: ada.name, body: "are you there?", isOpen: true }]);
  await ada.write("hello?");
  await expect.poll(async () => (await shown(bob)).map(({ isOpen }) => isOpen)).toEqual([false, true]);
  await click(bob);
  await expect(bob.message("hello?")).toBeVisible();
  await bob.look("visible");
  await expect.poll(async () => (await shown(bob)).filter(({ isOpen }) => isOpen)).toEqual([]);

  await bob.go("Settings");
  await bob.page.getByText("With the sender and what was written").click();
  await bob.look("hidden");
  await ada.write("a secret");
  await expect
    .poll(async () => (await shown(bob)).at(-1))
    .toEqual({
      title: "Warren",
      body: "Something new for you.",
      isOpen: true,
    });
});

test("who does not allow it is told how to, and nothing is shown", async ({ newPerson }) => {
  const ada = await newPerson("Ada");
  await withDesktop(ada, "denied");
  await ada.go("Settings");
  await ada.page.getByText(SHOW).click();
  await expect(ada.page.getByRole("alert")).toContainText("This browser does not allow it.");
  await expect(toggle(ada, SHOW)).not.toBeChecked();
  await expect(toggle(ada, "With the sender and what was written")).toBeDisabled();
});
