import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { message } from "@/test/fixtures";
import { MentionText } from "./MentionText";
import { partsOf } from "./parts";

it("leads to an address without telling it where the reader comes from", () => {
  const parts = partsOf(message(1, { content: "see https://example.org/a, please" }), []);
  const { container } = render(<MentionText parts={parts} meId={1} isMine={false} />);
  expect(container.textContent).toBe("see https://example.org/a, please");
  const link = screen.getByRole("link", { name: "https://example.org/a" });
  expect(link.getAttribute("href")).toBe("https://example.org/a");
  expect(link.getAttribute("target")).toBe("_blank");
  expect(link.getAttribute("rel")).toBe("noreferrer noopener");
});
