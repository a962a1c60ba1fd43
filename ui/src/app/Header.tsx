import { isKey, LANGUAGES, type Language } from "../i18n";
import { useLink } from "../live/Live";
import { usePreferences, type Theme } from "./preferences";
import { goTo, usePlace } from "./router";
import { useMode } from "./useMode";

const PAGES = ["live", "runs", "orders", "fills", "guard"] as const;
const THEMES: readonly Theme[] = ["auto", "dark", "light"];

export function Header() {
  const { t, language, setLanguage, theme, setTheme } = usePreferences();
  return (
    <div className="top">
      <a className="brand" href="/" onClick={(event) => go(event, "/")}>
        <img src="/icon.svg" alt="" width="26" height="26" />
        <span>{t("app.name")}</span>
      </a>
      <Navigation />
      <div className="top-right">
        <ModeChip />
        <LinkChip />
        <select
          aria-label={t("language.label")}
          value={language}
          onChange={(event) => setLanguage(event.target.value as Language)}
        >
          {Object.entries(LANGUAGES).map(([tag, name]) => (
            <option key={tag} value={tag}>
              {name}
            </option>
          ))}
        </select>
        <select aria-label={t("theme.label")} value={theme} onChange={(event) => setTheme(event.target.value as Theme)}>
          {THEMES.map((each) => (
            <option key={each} value={each}>
              {t(`theme.${each}`)}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

function Navigation() {
  const { t } = usePreferences();
  const { path } = usePlace();
  return (
    <nav aria-label={t("nav.label")}>
      {PAGES.map((page) => {
        const href = page === "live" ? "/" : `/${page}`;
        return (
          <a
            key={page}
            href={href}
            aria-current={path === href ? "page" : undefined}
            onClick={(event) => go(event, href)}
          >
            {t(`nav.${page}`)}
          </a>
        );
      })}
    </nav>
  );
}

function go(event: React.MouseEvent, href: string): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  goTo(href);
}

function ModeChip() {
  const { t } = usePreferences();
  const mode = useMode();
  if (mode === null) return null;
  const key = `mode.${mode}`;
  return <span className={`chip mode-${mode}`}>{isKey(key) ? t(key) : mode}</span>;
}

function LinkChip() {
  const { t } = usePreferences();
  const { isFresh } = useLink();
  return (
    <span className={`chip ${isFresh ? "link-live" : "link-lost"}`} data-testid="link">
      <span className="dot" aria-hidden="true" />
      {t(isFresh ? "link.chip.live" : "link.chip.lost")}
    </span>
  );
}
