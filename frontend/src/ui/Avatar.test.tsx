import { act, render } from "@testing-library/react";
import { expect, it } from "vitest";
import { Avatar } from "./Avatar";

it("shows initials where the picture cannot be loaded, until there is another one", () => {
  const avatar = (url: string | null) => <Avatar name="Ada Lovelace" url={url} seed={1} />;
  const { container, rerender } = render(avatar("https://example.org/gone.png"));
  const picture = () => container.querySelector("img");
  expect(picture()?.getAttribute("src")).toBe("https://example.org/gone.png");
  act(() => void picture()?.dispatchEvent(new Event("error")));
  expect(picture()).toBeNull();
  expect(container.textContent).toBe("AL");
  rerender(avatar("https://example.org/new.png"));
  expect(picture()?.getAttribute("src")).toBe("https://example.org/new.png");
});
