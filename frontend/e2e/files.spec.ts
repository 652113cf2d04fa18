import { deflateSync } from "node:zlib";
import { expect, test, type Person } from "./person";

/** A PNG of one colour; what the server takes it for depends on its bytes, not on its name. */
function png(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const line = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 0x70)]);
  const rows = Buffer.concat(Array.from({ length: height }, () => line));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function crc(bytes: Buffer): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

const picture = (name: string) => ({ name, mimeType: "image/png", buffer: png(64, 48) });
const pdf = (name: string) => ({ name, mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\n%%EOF\n") });

const picked = (person: Person) => person.page.getByRole("list", { name: "Files to send" }).getByRole("listitem");

async function attach(person: Person, ...files: ReturnType<typeof picture>[]): Promise<void> {
  await person.page.locator("input[type=file]").setInputFiles(files);
}

/** Hands files to the page as a drop or a paste does. */
async function give(person: Person, how: "drop" | "paste", file: ReturnType<typeof picture>): Promise<void> {
  const { name, mimeType, buffer } = file;
  await person.field.evaluate(
    (field, { how, name, mimeType, bytes }) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], name, { type: mimeType }));
      const options = { bubbles: true, cancelable: true };
      if (how === "drop") {
        for (const type of ["dragover", "drop"])
          field.dispatchEvent(new DragEvent(type, { ...options, dataTransfer: data }));
      } else field.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: data }));
    },
    { how, name, mimeType, bytes: [...buffer] },
  );
}

test("files are chosen, dropped and pasted, sent together, and shown as what they are", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  await bob.open(ada.name);
  await attach(ada, picture("one.png"), pdf("plan.pdf"));
  await give(ada, "drop", picture("two.png"));
  await give(ada, "paste", picture("three.png"));
  await expect(picked(ada)).toHaveCount(4);
  await picked(ada).filter({ hasText: "three.png" }).getByRole("button", { name: "Remove three.png" }).click();
  await expect(picked(ada)).toHaveCount(3);
  await ada.write("Look at this");
  await expect(picked(ada)).toHaveCount(0);
  await expect(ada.stored).toBeVisible();

  const pictures = (person: Person) => person.log.getByRole("button", { name: /^Enlarge/ });
  await expect(pictures(bob)).toHaveCount(2);
  for (const image of await pictures(bob).getByRole("img").all()) {
    await expect(image).toHaveJSProperty("complete", true);
    expect(await image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBe(64);
  }
  await expect(bob.log.getByRole("link", { name: /plan\.pdf.*bytes/ })).toBeVisible();
  await expect(bob.log.getByText("Look at this")).toBeVisible();

  // Large, by keyboard; and back to where it was.
  await pictures(bob).first().focus();
  await bob.page.keyboard.press("Enter");
  await expect(bob.dialog("one.png")).toContainText("1 of 2");
  await bob.page.keyboard.press("ArrowRight");
  await expect(bob.dialog("two.png")).toContainText("2 of 2");
  await bob.page.keyboard.press("Escape");
  await expect(bob.page.getByRole("dialog")).toHaveCount(0);
  await expect(pictures(bob).first()).toBeFocused();

  // Without a text, the list says what it is; who is not a member gets nothing.
  await attach(ada, picture("four.png"));
  await ada.page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(bob.list.getByRole("link", { name: ada.name })).toContainText("Picture");
  const source = await pictures(bob).last().getByRole("img").getAttribute("src");
  expect((await bob.context.request.get(source ?? "")).headers()["content-type"]).toBe("image/png");
  const cleo = await newPerson("Cleo");
  expect((await cleo.context.request.get(source ?? "")).status()).toBe(404);

  // Deleted with its message.
  await pictures(ada).last().click({ button: "right" });
  await ada.page.getByRole("menuitem", { name: "Delete" }).click();
  await ada.dialog("Delete this message?").getByRole("button", { name: "Delete" }).click();
  await expect(pictures(bob)).toHaveCount(2);
});

test("an upload that is refused, cut off or left behind says so", async ({ newPerson }) => {
  const [ada, bob] = await Promise.all([newPerson("Ada"), newPerson("Bob")]);
  await ada.find(bob);
  const send = ada.page.getByRole("button", { name: "Send", exact: true });

  const large = { name: "large.png", mimeType: "image/png", buffer: Buffer.alloc(10 * 1024 * 1024 + 1, 1) };
  await attach(ada, large);
  await expect(picked(ada).getByRole("alert")).toContainText("This file is too large.");
  await expect(send).toBeDisabled();
  await ada.page.getByRole("button", { name: "Remove large.png" }).click();
  await attach(ada, { name: "run.png", mimeType: "image/png", buffer: Buffer.from("MZ\x90\x00 not a picture") });
  await expect(picked(ada).getByRole("alert")).toContainText("Files of this type are not taken.");
  await ada.page.getByRole("button", { name: "Remove run.png" }).click();
  await attach(ada, ...Array.from({ length: 11 }, (_, index) => picture(`${index}.png`)));
  await expect(ada.page.getByText("A message can have 10 files at most.")).toBeVisible();
  await expect(picked(ada)).toHaveCount(10);
  for (let left = 10; left > 0; left -= 1)
    await picked(ada)
      .first()
      .getByRole("button", { name: /^Remove/ })
      .click();

  // Without a network it waits, and what is written after it, too.
  await ada.context.setOffline(true);
  await attach(ada, picture("late.png"));
  await expect(picked(ada)).toContainText("Waiting for the connection");
  await ada.write("with a picture", "after it");
  await expect(ada.log.getByText("Waiting for the connection").first()).toBeVisible();
  await ada.context.setOffline(false);
  await bob.open(ada.name);
  await expect(bob.message("after it")).toBeVisible();
  await expect(bob.messages).toHaveCount(2);
  await expect(bob.messages.first()).toContainText("with a picture");
  await expect(bob.messages.first().getByRole("button", { name: "Enlarge late.png" })).toBeVisible();

  // What the page had not uploaded when it was closed is not sent, and that is said.
  await ada.context.route(/\/files\?name=/, () => undefined);
  await attach(ada, picture("lost.png"));
  await ada.write("gone");
  await expect(ada.log.getByText("Uploading", { exact: true })).toBeVisible();
  ada.page.on("dialog", (dialog) => void dialog.accept());
  await ada.page.reload();
  await expect(ada.log.getByRole("alert")).toContainText("The page was closed before its files were uploaded.");
  await ada.log.getByRole("button", { name: "Discard" }).click();
  await ada.write("still here");
  await expect(bob.message("still here")).toBeVisible();
  await expect(bob.message("gone")).toHaveCount(0);
});
