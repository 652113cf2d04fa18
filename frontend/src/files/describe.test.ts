import { expect, it } from "vitest";
import { message } from "@/test/fixtures";
import { attachmentsOf, attachmentsText, kindOf, linkText, sizeText } from "./describe";

const file = {
  fileId: "1",
  url: "/chat/conversations/d1-2/files/1",
  name: "plan.pdf",
  mediaType: "application/pdf",
  size: 5,
};

it("tells in a line what a message without a text sends", () => {
  const sends = (mediaType: string) => attachmentsText({ attachments: [file.url], files: [{ ...file, mediaType }] });
  expect([sends("image/png"), sends("video/mp4"), sends("application/pdf")]).toEqual(["Picture", "Video", "plan.pdf"]);
  expect(attachmentsText(message(1, { attachments: ["https://example.org/a"] }))).toBe("Attachment");
  expect(attachmentsText({ attachments: [file.url, "https://example.org/a"], files: [file] })).toBe("2 attachments");
});

it("shows as pictures only what browsers show safely", () => {
  expect(["image/webp", "image/svg+xml", "image/tiff", "audio/ogg", "text/html"].map(kindOf)).toEqual([
    "picture",
    "other",
    "other",
    "audio",
    "other",
  ]);
});

it("knows the uploaded ones among the attachments, in their order", () => {
  const shown = attachmentsOf({ attachments: ["https://example.org/a", file.url], files: [file] });
  expect(shown).toEqual([
    { url: "https://example.org/a", file: undefined },
    { url: file.url, file },
  ]);
  expect(linkText("https://example.org/dir/a%20b.png?x")).toBe("a b.png (example.org)");
  expect(linkText("https://example.org")).toBe("example.org");
});

it("tells sizes as people read them", () => {
  expect([0, 1, 999, 12_345, 1_250_000, 10_485_760].map(sizeText)).toEqual([
    "0 bytes",
    "1 byte",
    "999 bytes",
    "12 kB",
    "1.3 MB",
    "10.5 MB",
  ]);
});
