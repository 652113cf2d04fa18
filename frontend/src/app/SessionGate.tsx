import { CloudOff } from "lucide-react";
import { useState } from "react";
import { Navigate, Outlet, useLocation, type Location } from "react-router";
import { MeContext } from "@/auth/me";
import { useSession } from "@/auth/session";
import { t } from "@/locales";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/Notice";
import { Loading } from "./Loading";
import { useEntered } from "./start";

/** Pages for signed-in people; others sign in first and come back. */
export function SignedInOnly() {
  const me = useSession((session) => (session.status === "signed-in" ? session.me : null));
  const { user, hasFailed } = useEntered();
  const location = useLocation();
  const hasEnded = useSession((session) => session.status === "signed-out" && session.ended);
  const [wasSignedIn, setWasSignedIn] = useState(me !== null);
  if (me !== null && !wasSignedIn) setWasSignedIn(true);
  if (me === null) {
    // Whoever signed out is done here; the next one to sign in may be somebody else.
    const state = wasSignedIn && !hasEnded ? null : { from: location };
    return <Navigate to="/sign-in" replace state={state} />;
  }
  if (hasFailed) return <Unreachable />;
  if (user !== me.userId) return <Loading />;
  return (
    <MeContext value={me}>
      <Outlet />
    </MeContext>
  );
}

function Unreachable() {
  return (
    <main className="flex h-full">
      <EmptyState icon={CloudOff} title={t("app.unreachable")} hint={t("app.unreachableHint")}>
        <Button onClick={() => window.location.reload()}>{t("app.retry")}</Button>
      </EmptyState>
    </main>
  );
}

/** Pages for signed-out people; others go to where they wanted to go. */
export function SignedOutOnly() {
  const signedIn = useSession((session) => session.status === "signed-in");
  const state = useLocation().state as { from?: Location } | null;
  return signedIn ? <Navigate to={state?.from ?? "/"} replace /> : <Outlet />;
}
