import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import { Composer } from "./Composer";
import { useDrafts } from "./drafts";
import { outbox } from "./outboxStore";

beforeEach(() => {
  outbox.clear();
  useDrafts.setState({}, true);
});

const field = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message to Grace" });
const show = () => render(<Composer conversationId="d1-2" name="Grace" />);

it("sends with Enter and breaks lines with Shift+Enter", async () => {
  show();
  await userEvent.type(field(), "one{Shift>}{Enter}{/Shift}two{Enter}");
  expect(outbox.read()).toMatchObject([{ content: "one\ntwo", conversationId: "d1-2", state: "queued" }]);
  expect(field().value).toBe("");
});

it("does not send what is empty or too long", async () => {
  show();
  await userEvent.type(field(), "   {Enter}");
  await userEvent.clear(field());
  await userEvent.click(field());
  await userEvent.paste("x".repeat(8_001));
  await userEvent.keyboard("{Enter}");
  expect(screen.getByText("1 character too many")).toBeTruthy();
  expect(outbox.read()).toEqual([]);
});

it("keeps a draft while another conversation is open", async () => {
  const { unmount } = show();
  await userEvent.type(field(), "not yet");
  unmount();
  show();
  expect(field().value).toBe("not yet");
});
