import { en, type Text } from "./en";

export type MessageKey = keyof typeof en;
export type Locale = Record<MessageKey, Text>;

type Params = Readonly<Record<string, string | number>>;

/** The language in use. */
export const language = "en";
const locale: Locale = en;
const plural = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

/** The text for a key. A text with forms takes the one for `params.count`. */
export function t(key: MessageKey, params: Params = {}): string {
  const text = locale[key];
  const form =
    typeof text === "string" ? text : text[plural.select(Number(params["count"])) === "one" ? "one" : "other"];
  return form.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = params[name];
    if (value === undefined) return placeholder;
    return typeof value === "number" ? numbers.format(value) : value;
  });
}
