import { createBrowserRouter } from "react-router";
import { SignInPage } from "@/auth/SignInPage";
import { SignUpPage } from "@/auth/SignUpPage";
import { t } from "@/locales";
import { Spinner } from "@/ui/Spinner";
import { CrashPage } from "./CrashPage";
import { SignedInOnly, SignedOutOnly } from "./SessionGate";

/** The paths keep clear of the API's: /auth, /user(s), /chat, /conversations, /notifications. */
export const router = createBrowserRouter([
  {
    ErrorBoundary: CrashPage,
    HydrateFallback: () => <Spinner label={t("app.loading")} />,
    children: [
      {
        Component: SignedOutOnly,
        children: [
          { path: "/sign-in", Component: SignInPage },
          { path: "/sign-up", Component: SignUpPage },
        ],
      },
      {
        Component: SignedInOnly,
        children: [
          {
            path: "/",
            lazy: async () => ({ Component: (await import("./Shell")).Shell }),
            children: [
              { index: true, lazy: async () => ({ Component: (await import("./NothingOpen")).NothingOpen }) },
              {
                path: "settings",
                lazy: async () => ({ Component: (await import("@/settings/SettingsPage")).SettingsPage }),
              },
              {
                path: "c/:conversationId",
                lazy: async () => ({ Component: (await import("@/messages/ConversationPage")).ConversationPage }),
              },
            ],
          },
        ],
      },
      { path: "*", lazy: async () => ({ Component: (await import("./NotFoundPage")).NotFoundPage }) },
    ],
  },
]);
