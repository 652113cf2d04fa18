import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { LANGUAGE_NAMES, LANGUAGES, t } from "@/locales";
import { ErrorNote } from "@/ui/Notice";
import { Choice } from "./Choice";
import { chooseLanguage, chooseTheme, THEMES, useSettings } from "./settings";

export function SettingsPage() {
  const { theme, language } = useSettings();
  const [hasFailed, setHasFailed] = useState(false);
  const languages = LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value], lang: value }));

  return (
    <section aria-labelledby="settings-title" className="flex min-h-0 flex-1 flex-col bg-canvas">
      <header className="flex h-16 shrink-0 items-center gap-3 border-b border-line bg-surface px-3 md:px-5">
        <Link
          to="/"
          aria-label={t("conversations.back")}
          className="inline-flex size-10 items-center justify-center rounded-lg text-muted hover:bg-hover hover:text-ink md:hidden"
        >
          <ArrowLeft aria-hidden className="size-5" />
        </Link>
        <h2 id="settings-title" className="font-semibold">
          {t("settings.title")}
        </h2>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex w-full max-w-lg flex-col gap-8 px-4 py-6">
          <Choice
            legend={t("settings.appearance")}
            name="theme"
            value={theme}
            options={THEMES.map((value) => ({ value, label: t(`settings.theme.${value}`) }))}
            onChange={chooseTheme}
          />
          <Choice
            legend={t("settings.language")}
            name="language"
            value={language}
            options={[{ value: "system", label: t("settings.language.system") }, ...languages]}
            onChange={(value) => {
              setHasFailed(false);
              chooseLanguage(value).catch(() => setHasFailed(true));
            }}
          />
          {hasFailed && <ErrorNote>{t("settings.languageFailed")}</ErrorNote>}
          <p className="text-xs text-muted">{t("settings.device")}</p>
        </div>
      </div>
    </section>
  );
}
