import { createBrowserRouter } from "react-router";
import { CrashPage } from "./CrashPage";
import { Loading } from "./Loading";
import { SignedInOnly, SignedOutOnly } from "./SessionGate";

/** The paths keep clear of the API's: /auth, /user(s), /chat, /conversations, /notifications. */
export const router = createBrowserRouter([
  {
    ErrorBoundary: CrashPage,
    HydrateFallback: Loading,
    children: [
      {
        Component: SignedOutOnly,
        children: [
          { path: "/sign-in", lazy: async () => ({ Component: (await import("@/auth/SignInPage")).SignInPage }) },
          { path: "/sign-up", lazy: async () => ({ Component: (await import("@/auth/SignUpPage")).SignUpPage }) },
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
                children: [
                  {
                    path: "details",
                    lazy: async () => ({ Component: (await import("@/details/DetailsPanel")).DetailsPanel }),
                  },
                ],
              },
            ],
          },
        ],
      },
      { path: "*", lazy: async () => ({ Component: (await import("./NotFoundPage")).NotFoundPage }) },
    ],
  },
]);
