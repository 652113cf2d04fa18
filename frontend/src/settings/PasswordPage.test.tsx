import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { queryClient } from "@/api/queryClient";
import { MeContext } from "@/auth/me";
import { session } from "@/test/fixtures";
import { PasswordPage } from "./PasswordPage";

it("asks for what is missing, and for another password only where one is repeated", async () => {
  render(
    <QueryClientProvider client={queryClient}>
      <MeContext value={session("").user}>
        <PasswordPage />
      </MeContext>
    </QueryClientProvider>,
  );
  const submit = () => userEvent.click(screen.getByRole("button", { name: "Change password" }));
  await submit();
  expect(screen.getAllByText("Please fill this in.")).toHaveLength(2);
  expect(screen.queryByText(/Choose another one/)).toBeNull();
  for (const label of [/^Current password/, /^New password\b(?! again)/, /^New password again/]) {
    await userEvent.type(screen.getByLabelText(label), "as it was before");
  }
  await submit();
  expect(screen.getByText(/Choose another one/)).not.toBeNull();
});
