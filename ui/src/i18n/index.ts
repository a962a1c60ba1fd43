/** Words of the page in two languages. No component has words of its own. */

import en from "./en.json";
import zh from "./zh.json";

export type Key = keyof typeof en;
export type Language = "en" | "zh";
export type Params = Readonly<Record<string, string | number>>;
export type Translate = (key: Key, params?: Params) => string;

export const LANGUAGES: Readonly<Record<Language, string>> = { en: "English", zh: "中文" };

const WORDS: Readonly<Record<Language, Readonly<Record<string, string>>>> = { en, zh };

/** Return the translator of a language. A key that it lacks is said in English. */
export function translator(language: Language): Translate {
  const words = WORDS[language];
  return (key, params) => filled(words[key] ?? en[key], params);
}

function filled(text: string, params: Params | undefined): string {
  if (params === undefined) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole));
}

export function isKey(text: string): text is Key {
  return Object.hasOwn(en, text);
}

/** Say a word of the api (`verdict`, `live`), or the word itself where a later release brings one we do not know. */
export function word(t: Translate, group: string, value: string): string {
  const key = `${group}.${value}`;
  return isKey(key) ? t(key) : value;
}

/** The language to begin with: the one chosen before, else the browser's, else English. */
export function firstLanguage(kept: string | null, preferred: readonly string[]): Language {
  if (kept === "en" || kept === "zh") return kept;
  const known = preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === "en" || tag === "zh");
  return known === "zh" ? "zh" : "en";
}
