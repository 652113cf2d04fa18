import "@/ui/theme.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { router } from "@/app/router";
import { start } from "@/app/start";
import { useLanguage } from "@/locales";
import { registerServiceWorker } from "@/offline/register";
import { applySettings } from "@/settings/settings";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element #root");

/** Drawn anew as a whole when the language changes. */
function App() {
  return <RouterProvider key={useLanguage()} router={router} />;
}

await applySettings();
start();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
// The development server's files change too often to be kept.
if (import.meta.env.PROD) void registerServiceWorker();
