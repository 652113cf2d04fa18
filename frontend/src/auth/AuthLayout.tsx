import type { ReactNode } from "react";
import { t } from "@/locales";

/** The frame of the pages for signed-out people. */
export function AuthLayout({ title, hint, children }: { title: string; hint: string; children: ReactNode }) {
  return (
    <main className="flex h-full flex-col overflow-y-auto px-4 py-8">
      <div className="m-auto flex w-full max-w-sm flex-col gap-8">
        <p className="flex items-center gap-2.5 text-lg font-semibold">
          <img src="/favicon.svg" alt="" className="size-9" />
          {t("app.name")}
        </p>
        <div className="flex flex-col gap-1.5">
          <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
          <p className="text-sm text-muted">{hint}</p>
        </div>
        {children}
      </div>
    </main>
  );
}
