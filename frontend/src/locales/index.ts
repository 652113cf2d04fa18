import { create } from "zustand";
import { en, type Text } from "./en";

export type MessageKey = keyof typeof en;
/** A language's texts. One that is missing does not compile. */
export type Locale = Record<MessageKey, Text>;

export const LANGUAGES = ["en", "vi"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What each language calls itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", vi: "Tiếng Việt" };

/** English is always at hand; the others are fetched when they are wanted. */
const LOADERS: Record<Language, () => Promise<Locale>> = {
  en: () => Promise.resolve(en),
  vi: async () => (await import("./vi")).vi,
};

interface Spoken {
  language: Language;
  locale: Locale;
  plural: Intl.PluralRules;
  numbers: Intl.NumberFormat;
}

const speak = (language: Language, locale: Locale): Spoken => ({
  language,
  locale,
  plural: new Intl.PluralRules(language),
  numbers: new Intl.NumberFormat(language),
});

const useSpoken = create<Spoken>(() => speak("en", en));

/** The language in use; whatever shows texts is drawn anew when it changes. */
export const useLanguage = (): Language => useSpoken(({ language }) => language);
export const currentLanguage = (): Language => useSpoken.getState().language;

/** Uses a language from now on. When its texts cannot be fetched, the one in use stays. */
export async function switchLanguage(language: Language): Promise<void> {
  useSpoken.setState(speak(language, await LOADERS[language]()), true);
  document.documentElement.lang = language;
}

/** The language among ours that the browser's user prefers. */
export function preferredLanguage(preferences: readonly string[] = navigator.languages): Language {
  return preferences.map((tag) => tag.toLowerCase().split("-")[0]).find(isLanguage) ?? "en";
}

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.some((language) => language === value);
}

type Params = Readonly<Record<string, string | number>>;

/** The text for a key. A text with forms takes the one for `params.count`. */
export function t(key: MessageKey, params: Params = {}): string {
  const { locale, plural, numbers } = useSpoken.getState();
  const text = locale[key];
  const form =
    typeof text === "string" ? text : text[plural.select(Number(params["count"])) === "one" ? "one" : "other"];
  return form.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = params[name];
    if (value === undefined) return placeholder;
    return typeof value === "number" ? numbers.format(value) : value;
  });
}
