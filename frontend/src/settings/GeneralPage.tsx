import { useState } from "react";
import { LANGUAGE_NAMES, LANGUAGES, t } from "@/locales";
import { ErrorNote } from "@/ui/Notice";
import { Choice } from "./Choice";
import { DesktopNotifications } from "./DesktopNotifications";
import { chooseLanguage, chooseTheme, THEMES, useSettings } from "./settings";

/** How the client looks in this browser, and what it speaks. */
export function GeneralPage() {
  const { theme, language } = useSettings();
  const [hasFailed, setHasFailed] = useState(false);
  const languages = LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value], lang: value }));

  return (
    <>
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
      <DesktopNotifications />
      <p className="text-xs text-muted">{t("settings.device")}</p>
    </>
  );
}
