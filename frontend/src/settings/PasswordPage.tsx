import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import type { ChangePassword } from "@/api/types";
import { useMe } from "@/auth/me";
import { signOut } from "@/auth/session";
import { checkPassword } from "@/auth/validate";
import { announce } from "@/lib/announce";
import { useForm, type FieldErrors } from "@/lib/useForm";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Button } from "@/ui/Button";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Field } from "@/ui/Field";
import { DoneNote, ErrorNote } from "@/ui/Notice";

const EMPTY = { currentPassword: "", newPassword: "", repeated: "" };
type Values = typeof EMPTY;

function check({ currentPassword, newPassword, repeated }: Values): FieldErrors<keyof Values> {
  const isSame = newPassword === currentPassword && newPassword !== "";
  const wrong = newPassword === "" ? "auth.check.required" : isSame ? "password.same" : checkPassword(newPassword);
  return {
    ...(currentPassword === "" && { currentPassword: "auth.check.required" as const }),
    ...(wrong !== undefined && { newPassword: wrong }),
    ...(repeated !== newPassword && { repeated: "password.differs" as const }),
  };
}

/** Another password, and the end of the account. */
export function PasswordPage() {
  /** How often it was changed: the form begins anew each time. */
  const [times, setTimes] = useState(0);
  const onDone = () => {
    setTimes(times + 1);
    announce(t("password.changed"));
  };
  return (
    <>
      {times > 0 && <DoneNote>{t("password.changed")}</DoneNote>}
      <PasswordForm key={times} onDone={onDone} />
      <DeleteAccount />
    </>
  );
}

function PasswordForm({ onDone }: { onDone: () => void }) {
  const form = useForm(EMPTY, check, async ({ currentPassword, newPassword }) => {
    await api.post("/auth/password", { currentPassword, newPassword } satisfies ChangePassword);
    onDone();
  });
  return (
    <form noValidate onSubmit={form.onSubmit} className="flex flex-col gap-5">
      {form.failure !== null && <ErrorNote>{describeError(form.failure)}</ErrorNote>}
      <Field
        label={t("password.current")}
        type="password"
        autoComplete="current-password"
        {...form.bind("currentPassword")}
      />
      <Field
        label={t("password.new")}
        hint={t("auth.field.passwordHint")}
        type="password"
        autoComplete="new-password"
        {...form.bind("newPassword")}
      />
      <Field
        label={t("password.repeat")}
        hint={t("password.hint")}
        type="password"
        autoComplete="new-password"
        {...form.bind("repeated")}
      />
      <Button type="submit" busy={form.busy} className="self-start">
        {t("password.submit")}
      </Button>
    </form>
  );
}

function DeleteAccount() {
  const { userId } = useMe();
  const [isAsked, setIsAsked] = useState(false);
  const [password, setPassword] = useState("");
  const end = useMutation({
    mutationFn: () => api.delete(`/user/${userId}`, { password }),
    // The session is over; what this browser keeps of it goes as well.
    onSuccess: () => void signOut(),
  });
  return (
    <section className="mt-4 flex flex-col items-start gap-2 border-t border-line pt-6">
      <h3 className="text-sm font-semibold">{t("account.delete")}</h3>
      <p className="text-sm text-muted">{t("account.deleteHint")}</p>
      <Button variant="dangerQuiet" onClick={() => setIsAsked(true)} className="-ml-4">
        {t("account.delete")}
      </Button>
      {isAsked && (
        <ConfirmDialog
          title={t("account.deleteTitle")}
          text={t("account.deleteHint")}
          confirm={t("account.delete")}
          busy={end.isPending}
          error={end.error}
          onConfirm={() => end.mutate()}
          onClose={() => setIsAsked(false)}
        >
          <Field
            label={t("password.current")}
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </ConfirmDialog>
      )}
    </section>
  );
}
