import { createEvent, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useLongTouch } from "./useLongTouch";

const opened = vi.fn();
const pressed = vi.fn();

function Touched() {
  return (
    <div {...useLongTouch()} onContextMenu={opened}>
      <button type="button" onClick={pressed} />
    </div>
  );
}

/** Touches the button at a point; `happy-dom` knows no pointers of fingers. */
function touch(type: "pointerDown" | "pointerMove" | "pointerUp" | "pointerCancel", clientX = 50, clientY = 50) {
  const button = screen.getByRole("button");
  const event = createEvent[type](button);
  Object.assign(event, { pointerType: "touch", isPrimary: true });
  for (const [key, value] of Object.entries({ clientX, clientY })) Object.defineProperty(event, key, { value });
  fireEvent(button, event);
}
const wait = (ms: number) => vi.advanceTimersByTime(ms);

beforeEach(() => {
  vi.useFakeTimers();
  render(<Touched />);
});
afterEach(() => {
  vi.useRealTimers();
  vi.clearAllMocks();
});

it("opens the menu where the finger is, though it trembles, and presses nothing", () => {
  touch("pointerDown", 50, 60);
  touch("pointerMove", 53, 58);
  wait(500);
  expect(opened).not.toHaveBeenCalled();
  wait(200);
  expect(opened).toHaveBeenCalledOnce();
  expect(opened.mock.calls[0]?.[0]).toMatchObject({ clientX: 50, clientY: 60 });
  touch("pointerUp");
  fireEvent.click(screen.getByRole("button"));
  expect(pressed).not.toHaveBeenCalled();
  // The next touch is one of its own.
  touch("pointerDown");
  touch("pointerUp");
  fireEvent.click(screen.getByRole("button"));
  expect(pressed).toHaveBeenCalledOnce();
});

it("does nothing when the finger lifts early, goes away, scrolls, or the phone was first", () => {
  const ends = [
    () => touch("pointerUp"),
    () => touch("pointerCancel"),
    () => touch("pointerMove", 50, 90),
    () => fireEvent.contextMenu(screen.getByRole("button")),
  ];
  for (const end of ends) {
    touch("pointerDown");
    end();
    opened.mockClear();
    wait(2_000);
    expect(opened).not.toHaveBeenCalled();
  }
});
