import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, expect, it, vi } from "vitest";
import { switchLanguage } from "@/locales";
import { SignUpPage } from "./SignUpPage";

afterEach(async () => {
  vi.unstubAllGlobals();
  await switchLanguage("en");
});

it("says in the reader's language which name is taken", async () => {
  const errors = [{ field: "username", message: "is taken" }];
  const problem = JSON.stringify({ code: "CONFLICT", title: "Conflict", status: 409, errors });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(problem, { status: 409 })));
  await switchLanguage("vi");
  render(
    <MemoryRouter>
      <SignUpPage />
    </MemoryRouter>,
  );
  await userEvent.type(screen.getByLabelText(/^Tên người dùng/), "ada");
  await userEvent.type(screen.getByLabelText(/^E-mail/), "ada@example.org");
  await userEvent.type(screen.getByLabelText(/^Mật khẩu/), "long enough{Enter}");
  expect(await screen.findByText("Tên người dùng này đã có người dùng.")).not.toBeNull();
});
