import { Link } from "react-router";
import { usePageTitle } from "@/app/title";
import { useForm } from "@/lib/useForm";
import { t } from "@/locales";
import { describeError } from "@/locales/errors";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { ErrorNote } from "@/ui/Notice";
import { AuthLayout } from "./AuthLayout";
import { signIn, useSession } from "./session";
import { checkLogin } from "./validate";

export function SignInPage() {
  const ended = useSession((session) => session.status === "signed-out" && session.ended);
  usePageTitle(t("auth.signIn.submit"));
  const form = useForm({ email: "", password: "" }, checkLogin, signIn);
  const { failure } = form;

  return (
    <AuthLayout title={t("auth.signIn.title")} hint={t("auth.signIn.hint")}>
      <form noValidate onSubmit={form.onSubmit} className="flex flex-col gap-5">
        {failure === null && ended && (
          <p role="status" className="rounded-lg bg-notice-soft px-3 py-2.5 text-sm text-notice-ink">
            {t("auth.signIn.ended")}
          </p>
        )}
        {failure !== null && (
          <ErrorNote>{failure.code === "AUTH_INVALID" ? t("auth.signIn.wrong") : describeError(failure)}</ErrorNote>
        )}
        <Field
          label={t("auth.field.login")}
          autoComplete="username"
          autoCapitalize="none"
          autoFocus
          required
          {...form.bind("email")}
        />
        <Field
          label={t("auth.field.password")}
          type="password"
          autoComplete="current-password"
          required
          {...form.bind("password")}
        />
        <Button type="submit" busy={form.busy} size="large">
          {t("auth.signIn.submit")}
        </Button>
      </form>
      <p className="text-sm text-muted">
        {t("auth.signIn.other")}{" "}
        <Link to="/sign-up" className="font-medium text-accent-ink underline-offset-4 hover:underline">
          {t("auth.signIn.otherLink")}
        </Link>
      </p>
    </AuthLayout>
  );
}
