import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, expect, it, vi } from "vitest";
import { SignInPage } from "./SignInPage";

afterEach(() => void vi.unstubAllGlobals());

const show = () =>
  render(
    <MemoryRouter>
      <SignInPage />
    </MemoryRouter>,
  );

it("asks for what is missing before asking the server", async () => {
  const fetch = vi.fn();
  vi.stubGlobal("fetch", fetch);
  show();
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect(screen.getByLabelText("Password").getAttribute("aria-invalid")).toBe("true");
  expect(document.activeElement).toBe(screen.getByLabelText("E-mail or username"));
  expect(fetch).not.toHaveBeenCalled();
});

it("says that the two do not match, whichever is wrong", async () => {
  const problem = JSON.stringify({ code: "AUTH_INVALID", title: "Sign-in required", status: 401 });
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(problem, { status: 401 })));
  show();
  await userEvent.type(screen.getByLabelText("E-mail or username"), "ada");
  await userEvent.type(screen.getByLabelText("Password"), "wrong password{Enter}");
  expect((await screen.findByRole("alert")).textContent).toContain("do not match");
});
