import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, it, vi } from "vitest";
import { useDrop } from "./useDrop";
import { useNoDrop } from "./useNoDrop";

const onFiles = vi.fn();

function Frame({ children }: { children?: ReactNode }) {
  useNoDrop();
  return <main>{children}</main>;
}
function Writer() {
  useDrop(onFiles);
  return null;
}

/** Drags something over the page and drops it there, as the browser tells of it. */
function drag(type: "dragover" | "drop", types: string[]) {
  const dataTransfer = { types, files: [new File(["x"], "x.txt")], dropEffect: "move" };
  const event = Object.assign(new Event(type, { bubbles: true, cancelable: true }), { dataTransfer });
  document.querySelector("main")?.dispatchEvent(event);
  return { isPrevented: event.defaultPrevented, effect: dataTransfer.dropEffect };
}

it("keeps the page when files are dropped where nobody takes them", () => {
  render(<Frame />);
  expect(drag("dragover", ["Files"])).toEqual({ isPrevented: true, effect: "none" });
  expect(drag("drop", ["Files"]).isPrevented).toBe(true);
  expect(drag("dragover", ["text/plain"])).toEqual({ isPrevented: false, effect: "move" });
});

it("leaves them to who takes them", () => {
  render(
    <Frame>
      <Writer />
    </Frame>,
  );
  expect(drag("dragover", ["Files"])).toEqual({ isPrevented: true, effect: "copy" });
  drag("drop", ["Files"]);
  expect(onFiles).toHaveBeenCalledOnce();
});
