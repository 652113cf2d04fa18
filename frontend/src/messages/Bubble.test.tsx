import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { Bubble } from "./Bubble";

it("shows a text in the direction of its script", () => {
  render(
    <Bubble isMine={false} startsGroup endsGroup>
      שלום
    </Bubble>,
  );
  expect(screen.getByText("שלום").dir).toBe("auto");
});
