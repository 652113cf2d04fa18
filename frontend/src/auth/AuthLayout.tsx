import type { ReactNode } from "react";
import { LANGUAGE_NAMES, LANGUAGES, t, useLanguage } from "@/locales";
import { chooseLanguage } from "@/settings/settings";

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
        <LanguageLinks />
      </div>
    </main>
  );
}

/** Before there is an account there are no settings to find the language in. */
function LanguageLinks() {
  const current = useLanguage();
  return (
    <div role="group" aria-label={t("auth.language")} className="flex gap-1">
      {LANGUAGES.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === current}
          onClick={() => void chooseLanguage(language).catch(console.warn)}
          className="min-h-8 rounded-lg px-2 text-xs text-muted hover:bg-hover aria-pressed:font-semibold aria-pressed:text-ink"
        >
          {LANGUAGE_NAMES[language]}
        </button>
      ))}
    </div>
  );
}
