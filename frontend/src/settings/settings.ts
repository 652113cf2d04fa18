import { create } from "zustand";
import { persist } from "zustand/middleware";
import { isLanguage, preferredLanguage, switchLanguage, type Language } from "@/locales";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** What people choose for this browser. Not a secret: it stays when they sign out. */
interface Settings {
  theme: Theme;
  language: Language | "system";
  /** Whether what is new is shown on the desktop while no tab can be seen. */
  desktop: boolean;
  /** Whether with who wrote, and what. */
  desktopContent: boolean;
}

const INITIAL: Settings = { theme: "system", language: "system", desktop: false, desktopContent: true };

/** Also read by public/appearance.js. */
const KEY = "warren.settings";

export const useSettings = create<Settings>()(
  persist((): Settings => INITIAL, {
    name: KEY,
    // What is stored may come from another version, or from anybody.
    merge: (stored, initial) => ({ ...initial, ...parse(stored) }),
  }),
);

function parse(stored: unknown): Partial<Settings> {
  const { theme, language, desktop, desktopContent } = (stored ?? {}) as Partial<Record<keyof Settings, unknown>>;
  const known = THEMES.find((candidate) => candidate === theme);
  return {
    ...(known !== undefined && { theme: known }),
    ...(isLanguage(language) && { language }),
    ...(typeof desktop === "boolean" && { desktop }),
    ...(typeof desktopContent === "boolean" && { desktopContent }),
  };
}

export function chooseTheme(theme: Theme): void {
  useSettings.setState({ theme });
}

export function chooseDesktop(choice: Partial<Pick<Settings, "desktop" | "desktopContent">>): void {
  useSettings.setState(choice);
}

/** Changes nothing when the language cannot be loaded. */
export async function chooseLanguage(language: Settings["language"]): Promise<void> {
  await switchLanguage(language === "system" ? preferredLanguage() : language);
  useSettings.setState({ language });
}

/** Applies what was chosen, now and whenever it changes, here or in another tab. */
export async function applySettings(): Promise<void> {
  useSettings.subscribe(({ theme }) => applyTheme(theme));
  applyTheme(useSettings.getState().theme);
  window.addEventListener("storage", ({ key }) => {
    if (key === KEY) void Promise.resolve(useSettings.persist.rehydrate()).then(applyLanguage);
  });
  await applyLanguage();
}

async function applyLanguage(): Promise<void> {
  const { language } = useSettings.getState();
  try {
    await switchLanguage(language === "system" ? preferredLanguage() : language);
  } catch (error) {
    console.warn("The chosen language could not be loaded; the one in use stays.", error);
  }
}

function applyTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  // The browser's own surroundings take the page's colour.
  const { backgroundColor } = getComputedStyle(root);
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", backgroundColor);
}
