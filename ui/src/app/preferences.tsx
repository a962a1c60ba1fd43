/** Language and colours, kept in this browser. */

import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { firstLanguage, translator, type Language, type Translate } from "../i18n";

export type Theme = "auto" | "dark" | "light";

interface Preferences {
  readonly t: Translate;
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly theme: Theme;
  readonly setTheme: (theme: Theme) => void;
  /** What `theme` comes to now. */
  readonly isDark: boolean;
}

const LANGUAGE_KEY = "tickring.language";
const THEME_KEY = "tickring.theme";
const SYSTEM_DARK = window.matchMedia("(prefers-color-scheme: dark)");

const PreferencesContext = createContext<Preferences | null>(null);

function firstTheme(): Theme {
  const kept = localStorage.getItem(THEME_KEY);
  return kept === "dark" || kept === "light" ? kept : "auto";
}

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(() =>
    firstLanguage(localStorage.getItem(LANGUAGE_KEY), navigator.languages),
  );
  const [theme, setTheme] = useState(firstTheme);
  const [isSystemDark, setSystemDark] = useState(SYSTEM_DARK.matches);

  useEffect(() => {
    const onChange = () => setSystemDark(SYSTEM_DARK.matches);
    SYSTEM_DARK.addEventListener("change", onChange);
    return () => SYSTEM_DARK.removeEventListener("change", onChange);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
    localStorage.setItem(LANGUAGE_KEY, language);
  }, [language]);

  const isDark = theme === "dark" || (theme === "auto" && isSystemDark);
  useEffect(() => {
    document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
    localStorage.setItem(THEME_KEY, theme);
  }, [isDark, theme]);

  const value = useMemo(
    () => ({ t: translator(language), language, setLanguage, theme, setTheme, isDark }),
    [language, theme, isDark],
  );
  return <PreferencesContext value={value}>{children}</PreferencesContext>;
}

export function usePreferences(): Preferences {
  const found = useContext(PreferencesContext);
  if (found === null) throw new Error("usePreferences outside of PreferencesProvider");
  return found;
}

export function useT(): Translate {
  return usePreferences().t;
}
