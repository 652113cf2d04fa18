import { createBrowserRouter } from "react-router";
import { CrashPage } from "./CrashPage";
import { putListBelow } from "./listBelow";
import { Loading } from "./Loading";
import { SignedInOnly, SignedOutOnly } from "./SessionGate";

putListBelow();

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
                lazy: async () => ({ Component: (await import("@/settings/SettingsLayout")).SettingsLayout }),
                children: [
                  {
                    index: true,
                    lazy: async () => ({ Component: (await import("@/settings/GeneralPage")).GeneralPage }),
                  },
                  {
                    path: "profile",
                    lazy: async () => ({ Component: (await import("@/settings/ProfilePage")).ProfilePage }),
                  },
                  {
                    path: "password",
                    lazy: async () => ({ Component: (await import("@/settings/PasswordPage")).PasswordPage }),
                  },
                  {
                    path: "devices",
                    lazy: async () => ({ Component: (await import("@/settings/DevicesPage")).DevicesPage }),
                  },
                  {
                    path: "blocked",
                    lazy: async () => ({ Component: (await import("@/settings/BlockedPage")).BlockedPage }),
                  },
                ],
              },
              {
                path: "people",
                lazy: async () => ({ Component: (await import("@/people/PeoplePage")).PeoplePage }),
              },
              {
                path: "people/:userId",
                lazy: async () => ({ Component: (await import("@/people/PersonPage")).PersonPage }),
              },
              {
                path: "inbox",
                lazy: async () => ({ Component: (await import("@/notifications/InboxPage")).InboxPage }),
              },
              {
                path: "admin",
                lazy: async () => ({ Component: (await import("@/admin/AdminLayout")).AdminLayout }),
                children: [
                  {
                    index: true,
                    lazy: async () => ({ Component: (await import("@/admin/AccountsPage")).AccountsPage }),
                  },
                  {
                    path: "broadcast",
                    lazy: async () => ({ Component: (await import("@/admin/BroadcastPage")).BroadcastPage }),
                  },
                ],
              },
              {
                path: "c/:conversationId",
                lazy: async () => ({ Component: (await import("@/messages/ConversationPage")).ConversationPage }),
                children: [
                  {
                    path: "search",
                    lazy: async () => ({ Component: (await import("@/search/SearchPanel")).SearchPanel }),
                  },
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
