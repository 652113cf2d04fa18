import "@/ui/theme.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { queryClient } from "@/api/queryClient";
import { router } from "@/app/router";
import { start } from "@/app/start";
import { useLanguage } from "@/locales";
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
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
