import type { CDPSession } from "@playwright/test";
import { expect, test, type Person } from "./person";

const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };

/** A finger on a person's screen. */
class Finger {
  private constructor(private readonly browser: CDPSession) {}

  static async of(person: Person): Promise<Finger> {
    return new Finger(await person.context.newCDPSession(person.page));
  }

  async down(x: number, y: number): Promise<void> {
    await this.browser.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
  }

  async move(x: number, y: number): Promise<void> {
    await this.browser.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x, y }] });
  }

  async up(): Promise<void> {
    await this.browser.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  }
}

const middleOf = async (person: Person, text: string) => {
  const box = await person.message(text).boundingBox();
  if (box === null) throw new Error(`${text} is not on the screen`);
  return [box.x + box.width / 2, box.y + box.height / 2] as const;
};

test("a long touch opens the actions of a message, and selects nothing", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada", phone), newPerson("Bob")]);
  await ada.find(bob);
  await ada.write("Touch me, for long", "see http://www.example.org/ there");
  await expect(ada.stored).toBeVisible();
  const finger = await Finger.of(ada);
  const menu = ada.page.getByRole("menu", { name: "Message actions" });

  // A finger is never quite still.
  const [x, y] = await middleOf(ada, "Touch me, for long");
  await finger.down(x, y);
  await finger.move(x + 2, y + 1);
  await finger.move(x + 1, y - 2);
  await expect(menu).toBeVisible();
  await finger.up();
  await expect(menu.getByRole("menuitem").first()).toHaveText("Reply");
  expect(await ada.page.evaluate(() => String(window.getSelection()))).toBe("");
  await menu.getByRole("menuitem", { name: "Reply" }).tap();
  await expect(menu).toHaveCount(0);
  await expect(ada.page.getByText("Replying to yourself")).toBeVisible();
});
