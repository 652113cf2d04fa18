import { render } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { tellUnread, usePageTitle } from "./title";

afterEach(() => tellUnread(0));

function Named({ title }: { title: string }) {
  usePageTitle(title);
  return null;
}

it("names the page that is open, and how much is unread", () => {
  const { rerender, unmount } = render(<Named title="Ada" />);
  expect(document.title).toBe("Ada · Warren");
  tellUnread(3);
  expect(document.title).toBe("(3) Ada · Warren");
  rerender(<Named title="Grace" />);
  expect(document.title).toBe("(3) Grace · Warren");
  unmount();
  expect(document.title).toBe("(3) Warren");
  tellUnread(0);
  expect(document.title).toBe("Warren");
});
