import { CloudOff } from "lucide-react";
import type { ReactNode } from "react";
import { Navigate, Outlet, useLocation, type Location } from "react-router";
import { MeContext } from "@/auth/me";
import { startSession, useSession } from "@/auth/session";
import { t } from "@/locales";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/Notice";
import { Spinner } from "@/ui/Spinner";

/** Waits until it is known who uses this tab. */
function Known({ children }: { children: ReactNode }) {
  const status = useSession((session) => session.status);
  if (status === "starting") {
    return (
      <main className="flex h-full items-center justify-center">
        <Spinner label={t("app.loading")} className="size-6" />
      </main>
    );
  }
  if (status === "unreachable") {
    return (
      <main className="flex h-full">
        <EmptyState icon={CloudOff} title={t("app.unreachable")} hint={t("app.unreachableHint")}>
          <Button onClick={() => void startSession()}>{t("app.retry")}</Button>
        </EmptyState>
      </main>
    );
  }
  return children;
}

/** Pages for signed-in people; others sign in first and come back. */
export function SignedInOnly() {
  return (
    <Known>
      <SignedIn />
    </Known>
  );
}

function SignedIn() {
  const me = useSession((session) => (session.status === "signed-in" ? session.me : null));
  const location = useLocation();
  if (me === null) return <Navigate to="/sign-in" replace state={{ from: location }} />;
  return (
    <MeContext value={me}>
      <Outlet />
    </MeContext>
  );
}

/** Pages for signed-out people; others go to where they wanted to go. */
export function SignedOutOnly() {
  return (
    <Known>
      <SignedOut />
    </Known>
  );
}

function SignedOut() {
  const signedIn = useSession((session) => session.status === "signed-in");
  const state = useLocation().state as { from?: Location } | null;
  return signedIn ? <Navigate to={state?.from ?? "/"} replace /> : <Outlet />;
}
