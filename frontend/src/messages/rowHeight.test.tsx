import { render, screen } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { ME } from "@/test/fixtures";
import { OutgoingRow } from "./OutgoingRow";
import { outbox } from "./outboxStore";
import { heightOf } from "./rowHeight";
import { rowsOf } from "./rows";

afterEach(() => outbox.detach());

it("leaves room for the line under every message on its way, as all of them draw it", () => {
  for (const content of ["one", "two", "three"]) void outbox.add("d1-2", content);
  const rows = rowsOf([], outbox.read(), ME, false).filter((row) => row.kind === "outgoing");
  expect(rows.map(({ endsGroup }) => endsGroup)).toEqual([false, false, true]);
  for (const { key, outgoing, startsGroup, endsGroup } of rows)
    render(
      <OutgoingRow key={key} {...{ outgoing, startsGroup, endsGroup }} isActive={false} onOpen={() => undefined} />,
    );
  expect(screen.getAllByText("Waiting for the connection")).toHaveLength(3);
  const [first, second, third] = rows.map(heightOf);
  expect(second).toBe(third);
  expect((first ?? 0) - (second ?? 0)).toBe(10); // The gap before a group.
});
