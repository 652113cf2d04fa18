import { Link } from "react-router";
import { usePageTitle } from "@/app/title";
import { useForm } from "@/lib/useForm";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { ErrorNote } from "@/ui/Notice";
import { AuthLayout } from "./AuthLayout";
import { signUp } from "./session";
import { checkAccount } from "./validate";

const EMPTY = { displayName: "", username: "", email: "", password: "" };

async function submit({ displayName, ...account }: typeof EMPTY): Promise<void> {
  const name = displayName.trim();
  await signUp({ ...account, ...(name !== "" && { displayName: name }) });
}

export function SignUpPage() {
  usePageTitle(t("auth.signUp.submit"));
  const form = useForm(EMPTY, checkAccount, submit);

  return (
    <AuthLayout title={t("auth.signUp.title")} hint={t("auth.signUp.hint")}>
      <form noValidate onSubmit={form.onSubmit} className="flex flex-col gap-5">
        {form.failure !== null && <ErrorNote>{describeError(form.failure)}</ErrorNote>}
        <Field
          label={t("auth.field.displayName")}
          hint={t("auth.field.displayNameHint")}
          autoComplete="name"
          autoFocus
          maxLength={64}
          {...form.bind("displayName")}
        />
        <Field
          label={t("auth.field.username")}
          hint={t("auth.field.usernameHint")}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          {...form.bind("username")}
        />
        <Field label={t("auth.field.email")} type="email" autoComplete="email" required {...form.bind("email")} />
        <Field
          label={t("auth.field.password")}
          hint={t("auth.field.passwordHint")}
          type="password"
          autoComplete="new-password"
          required
          {...form.bind("password")}
        />
        <Button type="submit" busy={form.busy} size="large">
          {t("auth.signUp.submit")}
        </Button>
      </form>
      <p className="text-sm text-muted">
        {t("auth.signUp.other")}{" "}
        <Link to="/sign-in" className="font-medium text-accent-ink underline-offset-4 hover:underline">
          {t("auth.signUp.otherLink")}
        </Link>
      </p>
    </AuthLayout>
  );
}
